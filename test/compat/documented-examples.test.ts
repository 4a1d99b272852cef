import { createHmac } from 'node:crypto';
import path from 'node:path';
import * as gatehouse from '../../src';
import type { Recognised } from '../../src/core/dialect';
import { buildMount } from '../../src/core/mount';
import { LateServices } from '../../src/plugins/late-services';
import { loadModule, type LoadedModule } from '../../src/plugins/load-module';
import { post, postJson, closeHosts, startLegacyHost, type LegacyHost } from './legacy-host';
import { plainServices } from './plain-plugin';

const SECRET = 's3cret';
const BASE = '/api/plugin/dev.documented/webhook';
const CHAT = 'console-ci';
const folder = path.join(__dirname, 'documented-examples');

const services = plainServices('dev.documented');
let host: LegacyHost;
const loaded: LoadedModule[] = [];

/** Loads the examples as the host does and lets them serve. */
async function serveExamples(config: Record<string, unknown>): Promise<void> {
  const late = new LateServices();
  const modules: Record<string, unknown> = {
    gatehouse,
    'gatehouse/compat': host.layer.modules['gatehouse/compat']?.(late.get),
  };
  const entry = path.join(folder, 'index.ts');
  const module = await loadModule({ folder, entry, modules: (name) => modules[name] });
  loaded.push(module);
  const plugin = (module.exports.plugin as Record<symbol, Recognised>)[Symbol.for('gatehouse.plugin')];
  if (plugin === undefined) throw new Error('the examples export no plugin');
  const bound = { ...services, config };
  plugin.bind(bound);
  late.bind(bound);
  host.serveMount(buildMount(services.key, plugin.info, plugin.translate()), bound);
}

beforeAll(async () => {
  host = await startLegacyHost();
  await serveExamples({ GITHUB_WEBHOOK_SECRET: SECRET, NOTIFICATION_CHAT_KEY: CHAT });
});
beforeEach(() => {
  services.sent.length = 0;
  services.logged.length = 0;
});
afterAll(async () => {
  for (const module of loaded) module.dispose();
  await closeHosts();
});

const texts = () => services.sent.map(({ chatKey, text }) => `${chatKey}: ${text}`);

describe('/github', () => {
  // Spaces, an escape and a float: bytes that no parser gives back.
  const body =
    '{ "repository": {"full_name":"a\\u00e9/b"}, "pusher": {"name":"mona"},\n  "commits": [{"message":"fix\\n\\nmore"}], "n": 1.0 }';
  const sign = (text: string) => `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`;
  const deliver = (text: string, headers: Record<string, string>) =>
    host.call(`${BASE}/github`, postJson(text, headers));

  test('a signed push is acknowledged and the chat is told', async () => {
    const { status, body: answer } = await deliver(body, {
      'X-Hub-Signature-256': sign(body),
      'X-GitHub-Event': 'push',
    });
    expect(status).toBe(200);
    expect(answer).toEqual({ status: 'success', message: "Event 'push' received and acknowledged." });
    expect(services.sent).toEqual([
      {
        chatKey: CHAT,
        from: 'dev.documented',
        kind: 'text',
        text: '📦 Code push event\nRepository: aé/b\nPusher: mona\nCommits: 1\nLatest commit: fix',
      },
    ]);
    expect(services.logged).toContain(`info: GitHub push notification sent to ${CHAT}.`);
  });

  test('another event is acknowledged and nobody is told', async () => {
    const answer = await deliver(body, { 'X-Hub-Signature-256': sign(body), 'X-GitHub-Event': 'issues' });
    expect(answer.status).toBe(200);
    expect(services.sent).toEqual([]);
  });

  test('a forged signature is 403, a missing one 400, each with its detail', async () => {
    const forged = await deliver(`${body} `, { 'X-Hub-Signature-256': sign(body) });
    expect([forged.status, forged.body.detail]).toEqual([403, 'Invalid signature']);
    const missing = await deliver(body, {});
    expect([missing.status, missing.body.detail]).toEqual([400, 'Missing signature']);
    expect(services.logged).toContain('warn: Webhook signature verification failed!');
  });

  test.each(['{', ''])('signed bytes that are not JSON ("%s") are 400', async (text) => {
    const { status, body: answer } = await deliver(text, { 'X-Hub-Signature-256': sign(text) });
    expect([status, answer.detail]).toEqual([400, 'Invalid JSON payload']);
  });
});

describe('/resource', () => {
  test('branches on the method: 200, 201, 200, 405', async () => {
    const address = `${BASE}/resource`;
    const created = await host.call(address, postJson({ a: 1 }));
    expect([created.status, created.body]).toEqual([201, { status: 'created', id: 1 }]);
    const read = await host.call(address);
    expect([read.status, read.body]).toEqual([200, { status: 'available', data: [{ a: 1 }] }]);
    const deleted = await host.call(address, { method: 'DELETE' });
    expect([deleted.status, deleted.body]).toEqual([200, { status: 'deleted' }]);
    const patched = await host.call(address, { method: 'PATCH' });
    expect([patched.status, patched.body.detail]).toEqual([405, 'Method Not Allowed']);
  });
});

describe('/upload_report', () => {
  const upload = (form: FormData) => host.call(`${BASE}/upload_report`, { method: 'POST', body: form });
  const report = (type = 'text/plain') => {
    const form = new FormData();
    form.set('report_file', new Blob(['all is well'], { type }), '../week.txt');
    form.set('report_name', 'weekly');
    form.set('target_chat', CHAT);
    return form;
  };

  test('reads the file and tells the chat', async () => {
    const { status, body } = await upload(report());
    expect([status, body]).toEqual([200, { status: 'success', filename: 'week.txt', size: 11 }]);
    expect(texts()).toEqual([
      `${CHAT}: Received new report 'weekly' (week.txt). Content summary:\nall is well...`,
    ]);
  });

  test('another type is 400 in the words of the example', async () => {
    const { status, body } = await upload(report('image/png'));
    expect([status, body.detail]).toEqual([400, 'Only text file uploads are supported.']);
  });

  test.each(['report_file', 'report_name', 'target_chat'])('without %s it is 400 naming it', async (name) => {
    const form = report();
    form.delete(name);
    const { status, body } = await upload(form);
    expect([status, body.detail]).toEqual([400, expect.stringContaining(`"${name}"`)]);
  });

  test('a file over the limit is 413, and the example never sees it', async () => {
    const form = report();
    form.set('report_file', new Blob(['x'.repeat(10_000)], { type: 'text/plain' }), 'big.txt');
    expect((await upload(form)).status).toBe(413);
    expect(services.logged).toEqual([]);
  });

  test('a body that is no form lacks its parts', async () => {
    expect((await host.call(`${BASE}/upload_report`, post('hi', 'text/plain'))).status).toBe(400);
  });
});

describe('/start_job', () => {
  test('answers 202 at once; the work is tracked and tells the chat', async () => {
    const job = { task_id: 't1', notify_chat_key: CHAT };
    const { status, body } = await host.call(`${BASE}/start_job`, postJson(job));
    expect(status).toBe(202);
    expect(body).toEqual({
      status: 'accepted',
      task_id: 't1',
      message: 'Job received and being processed in background.',
    });
    while ((host.table.get('dev.documented')?.live?.works ?? 0) > 0) await new Promise(setImmediate);
    expect(texts()).toEqual([`${CHAT}: Task t1 processing completed. Result is: XXXX`]);
  });

  test('without a chat it is 400 with its own body', async () => {
    const { status, body } = await host.call(`${BASE}/start_job`, postJson({ task_id: 't1' }));
    expect([status, body]).toEqual([400, { status: 'error', message: 'notify_chat_key not provided' }]);
  });
});

test('/github without a secret refuses, and the words stay in the log', async () => {
  await serveExamples({});
  const { status } = await host.call(`${BASE}/github`, postJson('{}', { 'X-Hub-Signature-256': 'sha256=0' }));
  expect(status).toBe(500);
  expect(services.logged).toContain('error: GitHub Webhook secret not set in plugin configuration!');
});
