import type { Answer } from '../../src/core/declaration';
import type { PluginSettings, Settings } from '../../src/core/settings';
import { endpoint, json } from '../http/gateway-under-test';
import { startDurableLegacyHost, type DurableLegacyHost } from './durable-legacy-host';

const KEY = 'dev.demo';
const OWN = `/api/plugin/${KEY}/gh`;
const ADDRESSES = [`/api/plugin/${KEY}/webhook/gh`, '/api/plugin/demo/webhook/gh', OWN];

let host: DurableLegacyHost | undefined;
afterEach(() => host?.close());

async function start(
  answer: Answer = 'handler',
  plugin?: PluginSettings,
  more: Partial<Settings['compat']> = {},
): Promise<DurableLegacyHost> {
  host = await startDurableLegacyHost(
    { 'webhookMethods.answer': answer, ...more },
    plugin === undefined ? {} : { [KEY]: plugin },
  );
  return host;
}
const made = () => [{ status: 'created' }, 201];
const statusOf = async (from: DurableLegacyHost, path = OWN) => (await from.call(path, json({}))).status;

describe('what the operator says of the answer', () => {
  test('holds at the full alias, the module alias and the new address: stored, 202, worked once each', async () => {
    const seen: string[] = [];
    const { serve, call, receipt } = await start('accept');
    serve(KEY, (request) => void seen.push(request.url));
    for (const address of ADDRESSES) {
      const answer = await call(address, json({ at: address }));
      expect([address, answer.status, answer.body]).toEqual([
        address,
        202,
        { id: expect.any(String), status: 'accepted' },
      ]);
      await receipt(answer, ({ state }) => state === 'succeeded');
    }
    expect(seen).toEqual(ADDRESSES);
  });

  test('in time the handler’s own answer is given at each address, and it is stored all the same', async () => {
    const { serve, call, store } = await start({ ackWithinMs: 60_000 });
    serve(KEY, made);
    for (const address of ADDRESSES)
      expect(await call(address, json({}))).toMatchObject({ status: 201, body: { status: 'created' } });
    expect(await store.reader.selectFrom('job').selectAll().execute()).toHaveLength(3);
  });

  test.each<[string, number, Answer, PluginSettings | undefined, Answer | undefined]>([
    ['nothing said: the handler', 201, 'handler', undefined, undefined],
    ['the host: all that do not say', 202, 'accept', undefined, undefined],
    ['the author over the host', 201, 'accept', undefined, 'handler'],
    ['the author over the host, the other way round', 202, 'handler', undefined, 'accept'],
    ['the plugin over the author', 202, 'handler', { webhookMethods: { answer: 'accept' } }, 'handler'],
    ['the plugin over the host', 201, 'accept', { webhookMethods: { answer: 'handler' } }, undefined],
    [
      'the endpoint over the plugin',
      201,
      'accept',
      { webhookMethods: { answer: 'accept' }, endpoints: { 'gh/': { answer: 'handler' } } },
      'accept',
    ],
    ['another endpoint: nothing', 201, 'handler', { endpoints: { '/x': { answer: 'accept' } } }, undefined],
  ])('%s', async (_what, status, standard, plugin, own) => {
    const here = await start(standard, plugin);
    here.serve(KEY, made, own === undefined ? {} : { answer: own });
    expect(await statusOf(here)).toBe(status);
  });

  test('put back on the handler, what only stored requests have is left out', async () => {
    const here = await start('handler', { endpoints: { '/gh': { answer: 'handler' } } });
    here.serve(KEY, made, { answer: 'accept', lane: () => 'a', dedupe: () => 'same' });
    expect([await statusOf(here), await statusOf(here)]).toEqual([201, 201]);
  });

  test('lets a plugin use what only stored requests have', async () => {
    const here = await start('accept');
    here.serve(KEY, made, { dedupe: () => 'same' });
    const answers = [await here.call(OWN, json({})), await here.call(ADDRESSES[0] as string, json({}))];
    expect(answers.map(({ headers }) => headers.get('gatehouse-duplicate'))).toEqual([null, 'true']);
  });

  test('is not about endpoints that are no webhook methods', async () => {
    const here = await start('accept', {
      webhookMethods: { answer: 'accept' },
      endpoints: { '/gh': { answer: 'accept' } },
    });
    here.put(KEY, [endpoint('POST', '/gh', () => 'own')]);
    expect(await statusOf(here)).toBe(200);
    expect(here.logged).toEqual([
      'warn: plugins.dev.demo.endpoints./gh.answer has no effect: dev.demo mounts no webhook method there',
    ]);
  });

  test('leaves those who ask with GET and HEAD to the handler', async () => {
    const here = await start('accept');
    here.serve(KEY, (request) => request.query.get('hub.challenge') ?? 'none');
    for (const address of ADDRESSES) {
      expect(await here.call(`${address}?hub.challenge=42`)).toMatchObject({ status: 200, body: '42' });
      expect((await here.call(address, { method: 'HEAD' })).status).toBe(200);
      expect((await here.call(address, { method: 'DELETE' })).status).toBe(202);
    }
  });

  test('changes nothing for old addresses that are switched off', async () => {
    const here = await start('accept', undefined, { webhookMethods: 'off' });
    here.serve(KEY, made);
    expect([await statusOf(here, ADDRESSES[0]), await statusOf(here)]).toEqual([410, 202]);
  });
});
