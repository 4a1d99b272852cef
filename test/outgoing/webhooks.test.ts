import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Task } from '../../src/core/declaration';
import type { LiveSecret } from '../../src/core/ports/secrets';
import type { SendsWebhooksOptions } from '../../src/plugins/sends-webhooks';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { startDurableHost, type DurableHost } from '../http/durable-host';
import { eventually } from '../http/gateway-under-test';
import { keptServices } from '../plugins/services';
import { codeOf, LOCAL, outgoingOf, releaseAll } from './outgoing-under-test';
import { closeServers, webServer, type Seen } from './web-server';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
let host: DurableHost;
let values: Record<string, string[]>;
beforeEach(async () => {
  host = await startDurableHost();
  values = { ORDERS: [newSecret()] };
});
afterEach(async () => {
  releaseAll();
  await host.close();
  await closeServers();
});

const live = (_key: string, name: string): LiveSecret[] =>
  (values[name] ?? []).map((value, index) => ({ id: String(index), value }));

/** A plugin that sends webhooks, its tasks those of a real inbox. */
function sender(
  options: SendsWebhooksOptions | undefined = { backoff: [0] },
  parts: Parameters<typeof outgoingOf>[0] = {},
): PluginBase {
  const plugin = new PluginBase(info);
  if (options !== undefined) plugin.sendsWebhooks(options);
  const declared = () =>
    declarations.filter((declaration): declaration is Task => declaration.kind === 'task');
  const tasks = host.engine.inbox.tasksOf(plugin.key, declared);
  plugin[PLUGIN].bind({
    ...keptServices(),
    tasks,
    outgoing: outgoingOf({ tasks, secrets: { live }, ...parts }),
  });
  const declarations = plugin[PLUGIN].translate();
  host.seat('acme.ci', ...declarations);
  return plugin;
}
const headersOf = ({ headers }: Seen) => headers as Record<string, string>;
const jobOf = (id: string) => host.engine.desk.job(id);
const stateOf = async (id: string): Promise<string> => (await jobOf(id)).state;
async function stateAfter(id: string, state: string): Promise<Awaited<ReturnType<typeof jobOf>>> {
  for (;;) {
    if ((await stateOf(id)) === state) return jobOf(id);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a webhook', () => {
  test('is signed so that the reference implementation accepts it, and holds type, time and data', async () => {
    const server = await webServer();
    const plugin = sender();
    const data = { id: 7, note: 'Zürich 😀 $& \u2028', empty: null };
    const { id } = await plugin.http.webhook({ url: `${server.base}/in?x=1`, type: 'invoice.paid', data, secret: 'ORDERS' }); // prettier-ignore
    await eventually(() => server.seen.length === 1);
    const [seen] = server.seen as [Seen];
    const verified = new Webhook(values['ORDERS']?.[0] ?? '').verify(seen.body, headersOf(seen));
    expect(verified).toEqual({ type: 'invoice.paid', timestamp: expect.stringMatching(/^\d{4}-.*Z$/), data });
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/in?x=1',
      headers: { 'content-type': 'application/json' },
    });
    expect(headersOf(seen)['webhook-id']).toMatch(/^msg_[\w-]{24}$/);
    expect(() => new Webhook(newSecret()).verify(seen.body, headersOf(seen))).toThrow(
      'No matching signature',
    );
    await stateAfter(id, 'succeeded');
    expect(server.seen).toHaveLength(1);
  });

  test('that is not taken is sent again: the same id and body, signed anew', async () => {
    const statuses = [500, 302, 404, 204];
    const server = await webServer((_seen, response) =>
      response.writeHead(statuses.shift() ?? 500, { location: '/elsewhere' }).end(),
    );
    const { id } = await sender().http.webhook({ url: server.base, type: 'a', data: 1, secret: 'ORDERS', id: 'evt_1' }); // prettier-ignore
    await stateAfter(id, 'succeeded');
    expect(server.seen.map(({ url, method }) => `${method} ${url}`)).toEqual(Array(4).fill('POST /'));
    for (const seen of server.seen) {
      expect(headersOf(seen)['webhook-id']).toBe('evt_1');
      expect(seen.body).toEqual(server.seen[0]?.body);
      new Webhook(values['ORDERS']?.[0] ?? '').verify(seen.body, headersOf(seen));
    }
  });

  test('that is answered 410 is a dead letter at once, with the reason', async () => {
    const server = await webServer((_seen, response) => response.writeHead(410).end());
    const { id } = await sender().http.webhook({ url: `${server.base}/?k=geheim`, type: 'a', data: 1, secret: 'ORDERS' }); // prettier-ignore
    const job = await stateAfter(id, 'dead');
    expect(JSON.stringify(job)).toContain(`POST ${server.base} answered 410: it takes no more webhooks`);
    expect(server.seen).toHaveLength(1);
  });

  test('waits as long as the receiver asks, and no shorter than planned', async () => {
    const server = await webServer((_seen, response) =>
      response.writeHead(503, { 'retry-after': '3600' }).end(),
    );
    const asked = await sender({ backoff: [1] }).http.webhook({ url: server.base, type: 'a', data: 1, secret: 'ORDERS' }); // prettier-ignore
    const before = Date.now();
    const job = await stateAfter(asked.id, 'later');
    expect(job.runAt).toBeGreaterThanOrEqual(before + 3_500_000);
    const hasty = await webServer((_seen, response) => response.writeHead(429, { 'retry-after': '0' }).end());
    const planned = await sender({ backoff: [600_000] }).http.webhook({ url: hasty.base, type: 'a', data: 1, secret: 'ORDERS' }); // prettier-ignore
    expect((await stateAfter(planned.id, 'later')).runAt).toBeGreaterThanOrEqual(before + 400_000);
  });

  test('is done with the head of a 2xx, whatever and however long the receiver says more', async () => {
    const server = await webServer((_seen, response) => {
      response.writeHead(200, { 'content-encoding': 'nonsense' });
      response.write(Buffer.alloc(2_000_000)); // and it never ends
    });
    const { id } = await sender().http.webhook({ url: server.base, type: 'a', data: 1, secret: 'ORDERS' });
    await stateAfter(id, 'succeeded');
    expect(server.seen).toHaveLength(1);
  });

  test('is signed with every live value of every secret it names, as they are when it is sent', async () => {
    const pair = generateKeyPairSync('ed25519');
    const seed = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const server = await webServer();
    const plugin = sender();
    values = { ORDERS: [newSecret(), newSecret()], KEY: [`whsk_${seed.toString('base64')}`] };
    await plugin.http.webhook({ url: server.base, type: 'a', data: 1, secret: ['ORDERS', 'KEY'] });
    await eventually(() => server.seen.length === 1);
    const [seen] = server.seen as [Seen];
    for (const secret of values['ORDERS'] ?? []) new Webhook(secret).verify(seen.body, headersOf(seen));
    const {
      'webhook-signature': signatures = '',
      'webhook-id': id,
      'webhook-timestamp': at,
    } = headersOf(seen);
    const list = signatures.split(' ');
    expect(list.map((signature) => signature.split(',')[0])).toEqual(['v1', 'v1', 'v1a']);
    const signature = Buffer.from(list[2]?.slice('v1a,'.length) ?? '', 'base64');
    const signed = Buffer.concat([Buffer.from(`${id}.${at}.`), seen.body]);
    const key = createPublicKey(pair.privateKey);
    expect(verify(null, signed, key, signature)).toBe(true);
    expect(verify(null, Buffer.concat([signed, Buffer.from(' ')]), key, signature)).toBe(false);
  });

  test('lies in the inbox without its secret', async () => {
    const server = await webServer();
    const { id } = await sender().http.webhook({
      url: server.base,
      type: 'a',
      data: { n: 1 },
      secret: 'ORDERS',
    });
    const job = JSON.stringify(await stateAfter(id, 'succeeded'));
    expect(job).toContain('ORDERS');
    expect(job).not.toContain('whsec_');
  });

  test('that loses its secret is not sent unsigned, and is sent once there is one', async () => {
    const server = await webServer();
    const plugin = sender({ backoff: [20], attempts: 200 });
    const secrets = values;
    const stored = plugin.http.webhook({ url: server.base, type: 'a', data: 1, secret: 'ORDERS' }, { runAt: Date.now() + 200 }); // prettier-ignore
    const { id } = await stored;
    values = {};
    await eventually(() => host.log.some(({ message }) => message.includes('No webhook is sent unsigned')));
    expect(server.connections).toBe(0);
    values = secrets;
    await stateAfter(id, 'succeeded');
    expect(server.seen).toHaveLength(1);
  });

  test('to where the rules have come to forbid is a dead letter', async () => {
    const server = await webServer();
    let allow: readonly string[] = ['127.0.0.1'];
    const plugin = sender({ backoff: [0] });
    const stored = await plugin.http.webhook({ url: server.base, type: 'a', data: 1, secret: 'ORDERS' }, { runAt: Date.now() + 300 }); // prettier-ignore
    allow = ['other.test'];
    // The next generation, under other rules.
    sender({ backoff: [0] }, { settings: { ...LOCAL, allow } });
    expect(JSON.stringify(await stateAfter(stored.id, 'dead'))).toContain(
      'not among those this plugin may ask',
    );
    expect(server.connections).toBe(0);
  });
});

test('what a handler does not catch is logged, and its caller is told the status alone', async () => {
  const plugin = new PluginBase(info);
  plugin.get('/', () => plugin.http.get('https://10.9.8.7/'));
  plugin.get('/gone', () => plugin.http.get('http://127.0.0.1:1/', { retries: 0 }));
  plugin[PLUGIN].bind({ ...keptServices(), outgoing: outgoingOf({ settings: { ...LOCAL, allowPrivate: ['127.0.0.1'] } }) }); // prettier-ignore
  host.seat('acme.ci', ...plugin[PLUGIN].translate());
  const refused = await host.call('/api/plugin/acme.ci');
  expect([refused.status, refused.body]).toEqual([500, expect.objectContaining({ detail: 'Internal Server Error', code: 'internal/unexpected' })]); // prettier-ignore
  const gone = await host.call('/api/plugin/acme.ci/gone');
  expect([gone.status, gone.body]).toEqual([502, expect.objectContaining({ detail: 'Bad Gateway', code: 'internal/unexpected' })]); // prettier-ignore
  const log = JSON.stringify(host.log);
  for (const where of ['GET https://10.9.8.7', 'GET http://127.0.0.1:1']) {
    expect(refused.text + gone.text).not.toContain(where);
    expect(log).toContain(where);
  }
});

describe('storing a webhook is refused', () => {
  const hook = { url: 'https://hook.test/in', type: 'a', data: 1, secret: 'ORDERS' };

  test('where the plugin does not declare that it sends some', async () => {
    const plugin = new PluginBase(info);
    const tasks = host.engine.inbox.tasksOf(plugin.key, () => []);
    plugin[PLUGIN].bind({ ...keptServices(), tasks, outgoing: outgoingOf({ tasks, secrets: { live } }) });
    await expect(plugin.http.webhook(hook)).rejects.toMatchObject({
      code: 'outgoing/webhooks-not-declared',
      message: expect.stringContaining('plugin.sendsWebhooks()'),
    });
  });

  test('where a secret has no value, or one that is none of Standard Webhooks', async () => {
    const plugin = sender();
    expect(await codeOf(plugin.http.webhook({ ...hook, secret: 'NONE' }))).toBe('outgoing/no-secret');
    expect(await codeOf(plugin.http.webhook({ ...hook, secret: ['ORDERS', 'NONE'] }))).toBe(
      'outgoing/no-secret',
    );
    const bad = [
      'plain', 'whsec_', 'whsec_dG9vIHNob3J0', `whsec_${'é'.repeat(40)}`, `whsec_${randomBytes(65).toString('base64')}`,
      `whsec_${randomBytes(30).toString('hex')}g`, `whsk_${randomBytes(31).toString('base64')}`,
    ]; // prettier-ignore
    for (const value of bad) {
      values = { ORDERS: [value] };
      const error = await plugin.http.webhook(hook).catch((thrown: unknown) => thrown);
      expect([value, error]).toEqual([value, expect.objectContaining({ code: 'outgoing/bad-secret' })]);
      if (value.length > 8) expect((error as Error).message).not.toContain(value);
    }
  });

  test.each([
    [{ url: 'nowhere' }, 'url is no absolute address'],
    [{ type: '' }, 'type is no name'],
    [{ type: 'a b' }, 'type is no name'],
    [{ data: undefined }, 'there is no data'],
    [{ secret: [] }, 'secret is not the name'],
    [{ id: 'a.b' }, 'id is no visible ASCII without full stops'],
    [{ id: 'a\r\nb' }, 'id is no visible ASCII without full stops'],
  ])('with %j', async (change, why) => {
    await expect(sender().http.webhook({ ...hook, ...change })).rejects.toMatchObject({
      code: 'outgoing/bad-request',
      message: expect.stringContaining(why),
    });
  });

  test('to where the plugin may not send', async () => {
    const { http } = sender(undefined, {
      settings: { allow: undefined, allowPrivate: [], allowHttp: false },
    });
    expect(await codeOf(http.webhook({ ...hook, url: 'http://hook.test/' }))).toBe('outgoing/refused-url');
    expect(await codeOf(http.webhook({ ...hook, url: 'https://10.0.0.1/' }))).toBe(
      'outgoing/refused-address',
    );
  });

  test('with options of its own that are none', () => {
    expect(() => new PluginBase(info).sendsWebhooks({ attempt: 3 } as never)).toThrow(
      'unknown option "attempt"',
    );
  });
});
