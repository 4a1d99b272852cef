import { createHmac } from 'node:crypto';
import path from 'node:path';
import * as gatehouse from '../../src';
import type { Answer } from '../../src/core/declaration';
import type { Recognised } from '../../src/core/dialect';
import { LateServices } from '../../src/plugins/late-services';
import { loadModule, type LoadedModule } from '../../src/plugins/load-module';
import type { Answer as HttpAnswer } from '../http/gateway-under-test';
import { startDurableLegacyHost, type DurableLegacyHost } from './durable-legacy-host';
import { post, postJson } from './legacy-host';
import { plainServices } from './plain-plugin';

const KEY = 'dev.documented';
const SECRET = 's3cret';
const CHAT = 'console-ci';
const folder = path.join(__dirname, 'documented-examples');
const MODES: readonly Answer[] = ['handler', 'accept', { ackWithinMs: 60_000 }];
const ADDRESSES = [
  `/api/plugin/${KEY}/webhook`,
  '/api/plugin/documented/webhook',
  '/api/webhook',
  `/api/plugin/${KEY}`,
];
const nameOf = (mode: Answer) => (typeof mode === 'string' ? mode : 'ackWithinMs');

let host: DurableLegacyHost;
let loaded: LoadedModule;
let services: ReturnType<typeof plainServices>;

/** Loads the examples as the host does and lets them serve, put on `mode` by the operator alone. */
async function serveExamples(mode: Answer): Promise<void> {
  host = await startDurableLegacyHost({ 'webhookMethods.answer': mode });
  services = plainServices(KEY);
  const late = new LateServices();
  const modules: Record<string, unknown> = {
    gatehouse,
    'gatehouse/compat': host.layer.modules['gatehouse/compat']?.(late.get),
  };
  const entry = path.join(folder, 'index.ts');
  loaded = await loadModule({ folder, entry, modules: (name) => modules[name] });
  const plugin = (loaded.exports.plugin as Record<symbol, Recognised>)[Symbol.for('gatehouse.plugin')];
  if (plugin === undefined) throw new Error('the examples export no plugin');
  const config = { GITHUB_WEBHOOK_SECRET: SECRET, NOTIFICATION_CHAT_KEY: CHAT };
  const bound = { ...services, config };
  plugin.bind(bound);
  late.bind(bound);
  host.put(KEY, plugin.translate());
}

const cases = MODES.flatMap((mode) => ADDRESSES.map((base) => [nameOf(mode), base, mode] as const));

describe.each(cases)('put on %s, at %s', (name, base, mode) => {
  const isGlobal = base === '/api/webhook';
  const isLater = mode === 'accept';
  beforeAll(() => serveExamples(mode));
  beforeEach(() => void services.sent.splice(0));
  afterAll(async () => {
    await host.close();
    loaded.dispose();
  });

  /** What the example itself answered, out of the envelope where the address has one. */
  const own = ({ status, body }: HttpAnswer): [number, unknown] => {
    if (!isGlobal) return [status, body];
    const [result] = [...(body.data?.results ?? []), ...(body.data?.errors ?? [])];
    return result === undefined ? [status, body] : [result.status, result.body ?? result];
  };
  const send = async (endpoint: string, init?: RequestInit) =>
    own(await host.call(`${base}${endpoint}`, init));
  const works = () => host.table.get(KEY)?.live?.works ?? 0;

  /** Sends, and waits until all work is done; where it is worked later that is all there is to answer. */
  async function deliver(endpoint: string, init: RequestInit, now: [number, unknown], after = 'succeeded') {
    const [status, body] = await send(endpoint, init);
    if (isLater) {
      expect([status, body]).toEqual([202, { id: expect.any(String), status: 'accepted' }]);
      await host.receipt((body as { id: string }).id, ({ state }) => state === after);
    } else expect([status, body]).toEqual(now);
    while (works() > 0) await new Promise(setImmediate);
  }
  const refusal = (detail: unknown) =>
    isGlobal ? expect.objectContaining({ message: detail }) : expect.objectContaining({ detail });
  const texts = () => services.sent.map(({ chatKey, text }) => `${chatKey}: ${text}`);

  test(`/github: a signed push tells the chat, a forged one nobody (${name})`, async () => {
    const body =
      '{ "repository": {"full_name":"a/b"}, "pusher": {"name":"mona"}, "commits": [{"message":"fix"}] }';
    const sign = (text: string) => `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`;
    const headers = { 'X-Hub-Signature-256': sign(body), 'X-GitHub-Event': 'push' };
    await deliver('/github', postJson(body, headers), [
      200,
      { status: 'success', message: "Event 'push' received and acknowledged." },
    ]);
    const told = [
      `${CHAT}: 📦 Code push event\nRepository: a/b\nPusher: mona\nCommits: 1\nLatest commit: fix`,
    ];
    expect(texts()).toEqual(told);
    await deliver('/github', postJson(`${body} `, headers), [403, refusal('Invalid signature')], 'failed');
    await deliver('/github', postJson(body), [400, refusal('Missing signature')], 'failed');
    const bad = { 'X-Hub-Signature-256': sign('{') };
    await deliver('/github', postJson('{', bad), [400, refusal(expect.stringContaining('JSON'))], 'failed');
    expect(texts()).toEqual(told);
  });

  test(`/resource: branches on the method, and who asks is answered at once (${name})`, async () => {
    await deliver('/resource', postJson({ a: 1 }), [201, { status: 'created', id: 1 }]);
    expect(await send('/resource')).toEqual([200, { status: 'available', data: [{ a: 1 }] }]);
    await deliver('/resource', { method: 'DELETE' }, [200, { status: 'deleted' }]);
    await deliver('/resource', { method: 'PATCH' }, [405, refusal('Method Not Allowed')], 'failed');
  });

  test(`/upload_report: the file is read; a form without its parts is refused at once (${name})`, async () => {
    const report = (type: string) => {
      const form = new FormData();
      form.set('report_file', new Blob(['all is well'], { type }), 'week.txt');
      form.set('report_name', 'weekly');
      form.set('target_chat', CHAT);
      return form;
    };
    const upload = (form: FormData): RequestInit => ({ method: 'POST', body: form });
    await deliver('/upload_report', upload(report('text/plain')), [
      200,
      { status: 'success', filename: 'week.txt', size: 11 },
    ]);
    const told = [`${CHAT}: Received new report 'weekly' (week.txt). Content summary:\nall is well...`];
    expect(texts()).toEqual(told);
    await deliver(
      '/upload_report',
      upload(report('image/png')),
      [400, refusal('Only text file uploads are supported.')],
      'failed',
    );
    const lacking = report('text/plain');
    lacking.delete('report_name');
    expect(await send('/upload_report', upload(lacking))).toEqual([
      400,
      refusal(expect.stringContaining('"report_name"')),
    ]);
    expect((await send('/upload_report', post('hi', 'text/plain')))[0]).toBe(400);
    expect(texts()).toEqual(told);
  });

  test(`/start_job: the work is done and the chat is told (${name})`, async () => {
    const job = { task_id: 't1', notify_chat_key: CHAT };
    await deliver('/start_job', postJson(job), [
      202,
      {
        status: 'accepted',
        task_id: 't1',
        message: 'Job received and being processed in background.',
      },
    ]);
    expect(texts()).toEqual([`${CHAT}: Task t1 processing completed. Result is: XXXX`]);
    const refused = isGlobal
      ? expect.objectContaining({ message: 'notify_chat_key not provided' })
      : { status: 'error', message: 'notify_chat_key not provided' };
    await deliver('/start_job', postJson({ task_id: 't1' }), [400, refused], 'succeeded');
  });
});
