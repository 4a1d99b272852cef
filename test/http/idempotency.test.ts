import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { HttpError } from '../../src/core/http-error';
import type { Exchange } from '../../src/core/exchange';
import { reply } from '../../src/core/reply';
import { durable, Latch, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, eventually, json } from './gateway-under-test';

let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost({ settings: { timeouts: { handlerMs: 300 } } });
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const OPTIONAL = { idempotency: { required: false } };
const key = (text: string, more: Record<string, string> = {}) => ({ 'idempotency-key': text, ...more });

/** An endpoint as without a store, but for its keys; counts how often its handler ran. */
function counted(handle: (exchange: Exchange) => unknown, more: object = OPTIONAL, path = '/pay') {
  const calls = { runs: 0 };
  host.seat(
    'acme.demo',
    endpoint('POST', path, (exchange) => ((calls.runs += 1), handle(exchange)), more),
  );
  return calls;
}

/** Asks until the first request with the key is through. */
async function repeated(body: unknown, headers: Record<string, string>) {
  for (;;) {
    const answer = await host.call(`${D}/pay`, json(body, headers));
    if (answer.status !== 409) return answer;
  }
}

describe('a request with an Idempotency-Key', () => {
  test('is answered as the first one was: status, headers and body, without another run', async () => {
    const calls = counted(() =>
      reply(201, { paid: 5 }, { 'x-own': ['a', 'b'], 'set-cookie': 'session=secret', location: '/p/1' }),
    );
    const first = await host.call(`${D}/pay`, json({ n: 1 }, key('"k-1"')));
    expect([first.status, first.body, first.headers.get('gatehouse-duplicate')]).toEqual([
      201,
      { paid: 5 },
      null,
    ]);
    expect(first.headers.get('set-cookie')).toBe('session=secret');
    const second = await repeated({ n: 1 }, key('"k-1"'));
    expect([second.status, second.body, second.headers.get('gatehouse-duplicate')]).toEqual([
      201,
      { paid: 5 },
      'true',
    ]);
    for (const name of ['x-own', 'location', 'content-type'])
      expect(second.headers.get(name)).toBe(first.headers.get(name));
    expect(second.headers.get('set-cookie')).toBeNull();
    expect((await repeated({ n: 1 }, key('k-1'))).body).toEqual({ paid: 5 });
    expect(calls.runs).toBe(1);
  });

  test('leaves nothing of its answer in clear in the store, where credentials may be in it', async () => {
    counted(() =>
      reply(200, { access_token: 'sesame' }, { authorization: 'Bearer sesame', 'x-own': 'open' }),
    );
    await host.call(`${D}/pay`, json({}, key('k')));
    expect((await repeated({}, key('k'))).body).toEqual({ access_token: 'sesame' });
    const rows = await host.store.reader.selectFrom('receipt').select(['answer_status', 'answer']).execute();
    expect(rows).toEqual([{ answer_status: 200, answer: expect.stringMatching(/^s1\./) }]);
    const written = readdirSync(path.dirname(host.file)).filter((name) => name.startsWith('inbox.db'));
    const bytes = Buffer.concat(
      written.map((name) => readFileSync(path.join(path.dirname(host.file), name))),
    );
    for (const text of ['sesame', 'x-own', Buffer.from('{"access_token"').toString('base64').slice(0, 16)])
      expect(bytes.includes(text)).toBe(false);
    expect(bytes.includes('acme.demo')).toBe(true);
  });

  test('is refused while the first one runs, and with another body for ever', async () => {
    const latch = new Latch();
    const calls = counted(() => latch.pass({ paid: 5 }));
    const pending = host.call(`${D}/pay`, json({ n: 1 }, key('k')));
    await eventually(() => latch.entered === 1);
    const early = await host.call(`${D}/pay`, json({ n: 1 }, key('k')));
    expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([
      409,
      'idempotency/in-progress',
      '1',
    ]);
    const other = await host.call(`${D}/pay`, json({ n: 2 }, key('k')));
    expect([other.status, other.body.code]).toEqual([422, 'idempotency/other-request']);
    latch.open();
    expect((await pending).body).toEqual({ paid: 5 });
    expect((await repeated({ n: 1 }, key('k'))).body).toEqual({ paid: 5 });
    expect((await host.call(`${D}/pay`, json({ n: 2 }, key('k')))).status).toBe(422);
    expect(calls.runs).toBe(1);
  });

  test.each(['"k;1"', '"k;1";p=1', '"k;1" ;p; q="a;\\"b"; *r=:aGk=:;s=?1'])(
    'is known whatever parameters stand behind it: %s',
    async (text) => {
      const calls = counted(() => ({ run: calls.runs }));
      await host.call(`${D}/pay`, json({}, key('"k;1"')));
      expect((await repeated({}, key(text))).body).toEqual({ run: 1 });
      expect((await host.call(`${D}/pay`, json({}, key('"k"')))).body).toEqual({ run: 2 });
    },
  );

  test('belongs to whoever sent it, and to the address it was sent to', async () => {
    const calls = counted(({ params }) => ({ run: calls.runs, ...params }), OPTIONAL, '/pay/:id');
    const asked = [
      ['/pay/1', {}],
      ['/pay/2', {}],
      ['/pay/1', { authorization: 'Bearer a' }],
      ['/pay/1', { authorization: 'Bearer b' }],
      ['/pay/1', { cookie: 'session=a' }],
      ['/pay/1', { 'x-api-key': 'a' }],
      ['/pay/1?account=2', {}],
    ] as const;
    for (const [path, more] of asked) await host.call(D + path, json({}, key('k', more)));
    expect(calls.runs).toBe(asked.length);
  });

  test.each([
    [
      'a refusal',
      () => {
        throw new HttpError(402, 'no money', { 'x-why': 'empty' });
      },
      402,
    ],
    ['nothing', () => undefined, 204],
  ])('repeats %s as well', async (_name, handle, status) => {
    const calls = counted(handle);
    const first = await host.call(`${D}/pay`, json({}, key('k')));
    const second = await repeated({}, key('k'));
    expect([first.status, second.status]).toEqual([status, status]);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('x-why')).toBe(first.headers.get('x-why'));
    expect(calls.runs).toBe(1);
  });

  test.each([
    [
      'a fault',
      500,
      () => {
        throw new Error('database password is 123');
      },
    ],
    [
      'a refusal for being asked too often',
      429,
      () => {
        throw new HttpError(429, 'slowly');
      },
    ],
    ['an answer of 503', 503, () => reply(503, 'try later')],
    ['an answer of 425', 425, () => reply(425)],
  ])('is run again after %s, which decides nothing', async (_name, status, handle) => {
    const calls = counted((exchange) => (calls.runs <= 2 ? handle() : { paid: exchange.json() }));
    for (const run of [1, 2]) {
      const failed = await repeated({ n: run }, key('k'));
      expect([failed.status, failed.headers.get('gatehouse-duplicate'), calls.runs]).toEqual([
        status,
        null,
        run,
      ]);
      expect(failed.text).not.toContain('password');
    }
    expect((await repeated({ n: 3 }, key('k'))).body).toEqual({ paid: { n: 3 } });
    const fourth = await repeated({ n: 3 }, key('k'));
    expect([fourth.body, fourth.headers.get('gatehouse-duplicate')]).toEqual([{ paid: { n: 3 } }, 'true']);
    expect(calls.runs).toBe(3);
  });

  test('is given what the handler answered in the end when the first one waited in vain', async () => {
    const latch = new Latch();
    counted(() => latch.pass({ paid: 5 }));
    const first = await host.call(`${D}/pay`, json({}, key('k')));
    expect([first.status, first.body.code]).toEqual([503, 'endpoint/timeout']);
    expect((await host.call(`${D}/pay`, json({}, key('k')))).status).toBe(409);
    latch.open();
    expect((await repeated({}, key('k'))).body).toEqual({ paid: 5 });
  });

  test('is run again when its generation had to go before its handler was through', async () => {
    const runs: string[] = [];
    const untilAborted = ({ signal }: Exchange) =>
      runs.push('first') &&
      new Promise((_done, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
    const live = host.seat('acme.demo', endpoint('POST', '/pay', untilAborted, OPTIONAL));
    const pending = host.call(`${D}/pay`, json({}, key('k'))).catch(() => 'cut');
    await eventually(() => runs.length === 1);
    counted(() => runs.push('second'));
    await live.retire(50, 'reload');
    expect(await pending).toBe('cut');
    await eventually(() => runs.length === 2);
    const second = await repeated({}, key('k'));
    expect([second.status, second.body.status]).toEqual([202, 'accepted']);
    expect(runs).toEqual(['first', 'second']);
  });

  test('is worked whether or not its sender stays', async () => {
    const latch = new Latch();
    const calls = counted(() => latch.pass({ paid: 5 }));
    const leaving = new AbortController();
    const pending = host
      .call(`${D}/pay`, { ...json({}, key('k')), signal: leaving.signal })
      .catch(() => 'left');
    await eventually(() => latch.entered === 1);
    leaving.abort();
    expect(await pending).toBe('left');
    latch.open();
    expect((await repeated({}, key('k'))).body).toEqual({ paid: 5 });
    expect(calls.runs).toBe(1);
  });

  test.each([
    ['a stream', () => reply(201, Readable.from(['a', 'b']), { location: '/p/1' })],
    [
      'a body above 1 MiB',
      () => reply(201, 'x'.repeat(2 ** 20 + 1), { location: '/p/1', 'content-type': 'text/csv' }),
    ],
  ])('is told that %s was not kept, instead of being given none', async (_name, handle) => {
    const calls = counted(handle);
    const first = await host.call(`${D}/pay`, json({}, key('k')));
    expect([first.status, first.headers.get('gatehouse-body')]).toEqual([201, null]);
    expect(first.text).not.toBe('');
    const { status, text, headers } = await repeated({}, key('k'));
    expect([status, text, headers.get('gatehouse-body'), headers.get('location')]).toEqual([
      201,
      '',
      'omitted',
      '/p/1',
    ]);
    expect(headers.get('content-type')).toBeNull();
    expect(calls.runs).toBe(1);
  });

  test('is given a body of 1 MiB whole', async () => {
    counted(() => reply(200, 'x'.repeat(2 ** 20), { 'content-type': 'text/plain' }));
    const first = await host.call(`${D}/pay`, json({}, key('k')));
    const second = await repeated({}, key('k'));
    expect(second.text === first.text && first.text.length === 2 ** 20).toBe(true);
    expect(second.headers.get('gatehouse-body')).toBeNull();
  });
});

describe('a request without an Idempotency-Key', () => {
  test('is an ordinary one, unless the endpoint requires a key', async () => {
    const calls = counted(({ receiptId, job }) => ({ receiptId, job }));
    for (const n of [1, 1]) expect((await host.call(`${D}/pay`, json({ n }))).body).toEqual({});
    expect(calls.runs).toBe(2);
    const strict = counted(() => 1, { idempotency: { required: true } });
    const refused = await host.call(`${D}/pay`, json({}));
    expect([refused.status, refused.body.code]).toEqual([400, 'idempotency/missing-key']);
    expect((await host.call(`${D}/pay`, json({}, key('k')))).status).toBe(200);
    expect(strict.runs).toBe(1);
  });

  test.each([
    ...['""', '"open', 'two words', '"a"b"', 'x'.repeat(256), '"\\x"', 'a, b', '"a", "b"'],
    ...['"a";', '"a";=1', '"a";P=1', '"a";p=', '"a";p="open', '"a";p=1,2', '"a" x', '"a";p=1 2'],
  ])('or with one that is none (%j) is refused', async (text) => {
    const calls = counted(() => 1);
    const { status, body } = await host.call(`${D}/pay`, json({}, key(text)));
    expect([status, body.code]).toEqual([400, 'idempotency/bad-key']);
    expect(calls.runs).toBe(0);
  });
});

describe('on an endpoint that stores', () => {
  test('the acknowledgment is repeated, body and all', async () => {
    const latch = new Latch();
    host.seat(
      'acme.demo',
      durable('accept', '/accept', () => latch.pass(undefined), OPTIONAL),
      durable({ ackWithinMs: 50 }, '/within', () => latch.pass({ own: 1 }), OPTIONAL),
    );
    for (const path of ['/accept', '/within']) {
      const first = await host.call(D + path, json({ n: 1 }, key('k')));
      const second = await host.call(D + path, json({ n: 1 }, key('k')));
      expect([first.status, second.status]).toEqual([202, 202]);
      expect(second.body).toEqual(first.body);
      expect(second.headers.get('location')).toBe(first.headers.get('location'));
      expect(second.headers.get('gatehouse-duplicate')).toBe('true');
      expect((await host.call(D + path, json({ n: 2 }, key('k')))).status).toBe(422);
    }
    latch.open();
  });

  test('a fast answer is repeated as it was', async () => {
    host.seat(
      'acme.demo',
      durable({ ackWithinMs: 60_000 }, '/pay', () => reply(201, { own: 1 }), OPTIONAL),
    );
    expect((await host.call(`${D}/pay`, json({}, key('k')))).body).toEqual({ own: 1 });
    const second = await repeated({}, key('k'));
    expect([second.status, second.body]).toEqual([201, { own: 1 }]);
  });
});
