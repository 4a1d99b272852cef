import path from 'node:path';
import { startHost, testChannel, type TestHost } from '../../../src/testing';

const refusal = (what: string, why: RegExp) => ({
  kind: what === 'skeleton' ? 'SkeletonAccessForbidden' : 'HostError',
  code: 'plugin/not-available',
  message: expect.stringMatching(
    new RegExp(`^ctx\\.${what} is not available to ext\\.contexts: .*(${why.source})`),
  ),
});

/** The documented table, row by row: what touching the attribute gives in a webhook. */
const documented: readonly [attribute: string, what: unknown][] = [
  ['user', 'object'],
  ['tenant', null],
  ['store', 'object'],
  ['http', 'object'],
  ['config', 'object'],
  ['secrets', 'object'],
  ['extensions', 'object'],
  ['log', 'function'],
  ['env', 'object'],
  ['crypto', 'object'],
  ['webhook_url', 'function'],
  ['ai', refusal('ai', /gives extensions no model/)],
  ['billing', refusal('billing', /bills nobody/)],
  ['notify', refusal('notify', /ctx\.as_user\(userId\)\.notify/)],
  ['cache', 'object'],
  ['storage', refusal('storage', /keep values in ctx\.store/)],
  ['skeleton', refusal('skeleton', /skeleton handlers alone/)],
  ['progress', refusal('progress', /only functions and schedules/)],
  ['as_user', 'function'],
];

describe('the context of an extension', () => {
  const channel = testChannel();
  let host: TestHost;
  let table: Record<string, unknown>;
  beforeAll(async () => {
    host = await startHost({
      plugins: path.join(__dirname, 'contexts'),
      settings: { plugins: { 'ext.contexts': { config: { greeting: 'hello' } } } },
      secrets: { 'ext.contexts': { api_key: 'given to all' } },
      channel,
    });
    table = (await post('table')).body;
  });
  afterAll(() => host.stop());

  const ask = async (at: string, init?: RequestInit) => {
    const response = await fetch(`${host.url}/v1/ext/contexts/webhook/${at}`, init);
    return { status: response.status, body: (await response.json()) as any };
  };
  const post = (at: string, body = '') => ask(at, { method: 'POST', body });

  describe('in a webhook', () => {
    test.each(documented)('ctx.%s', (attribute, what) => {
      expect(table[attribute]).toEqual(what);
    });

    test('ctx.user.imperal_id is "__webhook__", in both spellings', () => {
      expect(table['as']).toEqual(['__webhook__', '__webhook__']);
    });

    test('names of more than one word are there in both spellings', () => {
      expect([table['webhookUrl'], table['asUser'], table['rawBody'], table['raw_body']]).toEqual([
        'function',
        'function',
        'object',
        'object',
      ]);
    });

    test('calling what is not available is a 500 of the extension', async () => {
      expect((await post('notify')).status).toBe(500);
    });

    test('ctx.config.get answers undefined or the fallback, require closes with 503', async () => {
      expect((await post('greeting')).body).toEqual({ given: 'hello' });
      const { status, body } = await post('config');
      expect([status, JSON.stringify(body).includes('absent')]).toEqual([503, false]);
    });

    test('ctx.log writes to the log of the extension', async () => {
      await post('log', 'something');
      expect(host.logs).toContainEqual(
        expect.objectContaining({ message: 'logged: something', level: 'warn', plugin: 'ext.contexts' }),
      );
    });

    test('ctx.store is the system’s, ctx.as_user(uid).store that user’s', async () => {
      expect((await post('store')).body).toEqual({
        system: { id: 'n1', text: 'of the system' },
        ada: { id: 'n1', text: 'of Ada' },
        grace: 'nothing',
        cached: { at: 1 },
      });
    });

    test('ctx.secrets writes for "__webhook__", as_user for the user; what people write is theirs to write', async () => {
      expect((await post('secrets')).body).toEqual({
        webhook: true,
        ada: true,
        shared: true,
        refused: 'secrets/not-yours',
      });
    });

    test('ctx.as_user(uid).notify reaches the user’s chat', async () => {
      await post('told');
      await host.idle();
      expect(channel.messages.map(({ chatKey, text }) => [chatKey, text])).toContainEqual([
        'console-user-ada',
        'It is done.',
      ]);
    });

    test('as_user of nobody is refused', async () => {
      expect((await post('nobody')).status).toBe(500);
    });
  });

  test('the context of a user has notify, and what no context has is refused there too', async () => {
    const { body } = await post('user_table');
    expect(body).toMatchObject({ notify: 'function', store: 'object', secrets: 'object', tenant: null });
    for (const name of ['ai', 'billing', 'storage'])
      expect(body[name]).toEqual(documented.find(([attribute]) => attribute === name)?.[1]);
    expect(body['skeleton']).toEqual(refusal('skeleton', /skeleton handlers alone/));
  });

  test('a function is a tool: it gets what its schema makes, its caller, notify and progress', async () => {
    const { result } = (await post('call', '{"count":"3"}')).body;
    expect(result).toMatchObject({ status: 'success', summary: 'Described.' });
    expect(result.data).toMatchObject({
      count: 3,
      id: '__plugin__ext.contexts',
      notify: 'function',
      progress: 'function',
    });
    expect((await post('call', '{"count":-1}')).body.result).toEqual({
      status: 'error',
      error: 'below zero',
      retryable: true,
    });
  });

  test('the entries of webhooks are no tools', async () => {
    expect((await post('entry')).body).toEqual({ code: 'tools/unknown' });
  });

  test('a schedule is a job whose store commits with it, run by "__schedule__"', async () => {
    const deadline = Date.now() + 15_000;
    let first: Record<string, unknown> | null = null;
    while (first === null && Date.now() < deadline) first = (await ask('ticks')).body.first;
    expect(first).toMatchObject({ by: '__schedule__', notify: 'function', progress: 'function' });
  }, 20_000);

  test('where the request is stored first, what is written is kept with the success of its job', async () => {
    expect((await post('stored', 'good')).body).toEqual({ kept: true });
    await post('stored', 'bad');
    expect((await ask('stored')).body).toEqual({ kept: ['good'], ofAda: ['good'] });
  });
});
