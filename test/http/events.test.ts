import { sse, type EventsOptions, type EventSource } from '../../src/core/events-body';
import { HttpError } from '../../src/core/http-error';
import { endpoint, eventually, sendRaw, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const serving = (source: EventSource, options?: EventsOptions) =>
  host.seat(
    'acme.demo',
    endpoint('GET', '/', () => sse(source, options)),
  );
/** The text of a stream of these values. */
async function textOf(...values: unknown[]): Promise<string> {
  serving(async function* () {
    yield* values;
  });
  return (await host.call(D)).text;
}
const errors = () => host.log.filter(({ level }) => level === 'error');

describe('a stream of events', () => {
  test('says what it is, goes out at once, and ends with its source', async () => {
    let goOn!: () => void;
    const later = new Promise<void>((resolve) => (goOn = resolve));
    const live = serving(async function* () {
      await later;
      yield { event: 'tick', id: '7', data: { n: 1 } };
    });
    const response = await fetch(host.base + D);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-request-id': expect.stringMatching(/./),
    });
    goOn();
    expect(await response.text()).toBe('event: tick\nid: 7\ndata: {"n":1}\n\n');
    await eventually(() => live.leases === 0);
    expect(errors()).toEqual([]);
  });

  test('keeps the headers its author gave, but says what it is itself', async () => {
    const headers = { 'cache-control': 'no-cache', 'content-type': 'text/plain', 'x-mine': '1' };
    serving(() => ['a'], { headers });
    const answer = await host.call(D);
    expect(['cache-control', 'content-type', 'x-mine'].map((name) => answer.headers.get(name))).toEqual([
      'no-cache',
      'text/event-stream; charset=utf-8',
      '1',
    ]);
  });

  test('of HEAD is its headers; the source is never called', async () => {
    let calls = 0;
    const live = serving(() => {
      calls += 1;
      return [];
    });
    const answer = await host.call(D, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type'), calls]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      0,
    ]);
    await eventually(() => live.leases === 0);
  });

  test.each([
    ['a text', ['hé'], 'data: hé\n\n'],
    ['a text in lines', ['a\nb\r\nc\rd\n'], 'data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n'],
    ['an empty text', [''], 'data: \n\n'],
    [
      'anything else',
      [{ a: '\n' }, [1], 0, null, false],
      'data: {"a":"\\n"}\n\ndata: [1]\n\ndata: 0\n\ndata: null\n\ndata: false\n\n',
    ],
    [
      'an event with everything',
      [{ data: 'x', event: 'e', id: 'i', retryMs: 5 }],
      'event: e\nid: i\nretry: 5\ndata: x\n\n',
    ],
    ['an event with no more than data', [{ data: 'x', event: undefined, id: undefined }], 'data: x\n\n'],
    ['an id that is a number', [{ data: 1, id: 3 }], 'id: 3\ndata: 1\n\n'],
    ['an empty id', [{ data: 1, id: '' }], 'id: \ndata: 1\n\n'],
    ['an id with a NUL, without it', [{ data: 1, id: 'a\0' }], 'data: 1\n\n'],
    ['promises of events', [Promise.resolve({ data: 1, event: 'e' })], 'event: e\ndata: 1\n\n'],
  ])('has %s as the standard wants it', async (_name, values, text) => {
    expect(await textOf(...values)).toBe(text);
  });

  test.each([
    ['a name with a line break', { data: 1, event: 'a\ndata: evil' }, 'its event has a line break'],
    ['an id with a carriage return', { data: 1, id: 'a\rdata: evil' }, 'its id has a line break'],
    ['a name that is no text', { data: 1, event: {} }, 'its event is no text'],
    ['a time that is none', { data: 1, retryMs: 1.5 }, 'retryMs'],
    ['nothing', undefined, 'it has no data'],
    ['what JSON cannot say', { data: 1n }, 'JSON cannot say'],
  ])('with %s ends there, and the log tells', async (_name, event, why) => {
    expect(await textOf('first', event, 'never')).toBe('data: first\n\n');
    expect(errors()).toHaveLength(1);
    expect(errors()[0]?.message).toContain(`GET / failed: its events failed: Events could not be sent: `);
    expect(errors()[0]?.message).toContain(why);
  });

  test('says first when clients are to come back', async () => {
    serving(() => ['a'], { retryMs: 2_500 });
    expect((await host.call(D)).text).toBe('retry: 2500\n\ndata: a\n\n');
  });

  test('is kept open by comments while nothing is said', async () => {
    serving(
      async function* ({ signal }) {
        yield 'a';
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
      { heartbeatMs: 5 },
    );
    const text = await sendRaw(host.port, `GET ${D} HTTP/1.1\r\nHost: x\r\n\r\n`, ':\n\n\r\n3\r\n:\n\n');
    expect(text).toContain('data: a\n\n');
  });

  test('hands the source what the client saw last, as it was sent', async () => {
    const seen: unknown[] = [];
    serving(({ lastEventId }) => {
      seen.push(lastEventId);
      return [];
    });
    await host.call(D);
    await host.call(D, { headers: { 'last-event-id': '42' } });
    const utf8 = Buffer.from('é42').toString('latin1');
    await sendRaw(
      host.port,
      `GET ${D} HTTP/1.1\r\nHost: x\r\nLast-Event-ID: ${utf8}\r\nConnection: close\r\n\r\n`,
    );
    expect(seen).toEqual([undefined, '42', 'é42']);
  });

  test.each([
    [
      'an iterator without a return',
      () => ({ [Symbol.iterator]: (): Iterator<string> => ['a'].values() }),
      'data: a\n\n',
    ],
    ['a generator', function* () { yield 'a'; yield Promise.resolve('b'); }, 'data: a\n\ndata: b\n\n'], // prettier-ignore
    ['an array', () => ['a', { data: 'b', event: 'c' }], 'data: a\n\nevent: c\ndata: b\n\n'],
    [
      'an iterator that answers without promises',
      () => ({ [Symbol.asyncIterator]: () => ['a'].values() as never }),
      'data: a\n\n',
    ],
  ])('may come of %s', async (_name, source, text) => {
    serving(source);
    expect((await host.call(D)).text).toBe(text);
  });
});

describe('a source that fails', () => {
  test('when it is called is an ordinary error', async () => {
    serving(() => {
      throw new HttpError(403, 'not you');
    });
    const refused = await host.call(D);
    expect([refused.status, refused.body.detail, refused.headers.get('x-accel-buffering')]).toEqual([
      403,
      'not you',
      null,
    ]);
  });

  test.each([
    ['undefined', undefined],
    ['a text', 'abc'],
    ['an object', {}],
    ['an iterable of nothing', { [Symbol.iterator]: (): unknown => undefined }],
  ])('by giving %s is a 500 that the log explains', async (_name, given) => {
    serving(() => given as never);
    expect((await host.call(D)).body.code).toBe('endpoint/bad-event');
    expect(errors()[0]?.message).toContain('something to iterate');
  });

  test.each([
    ['an error', new Error('boom')],
    ['a refusal', new HttpError(404, 'boom')],
    ['no error at all', 'boom'],
  ])(
    'with %s on its way ends the stream properly and is logged once, with its stack',
    async (_name, thrown) => {
      const live = serving(async function* () {
        yield 'a';
        throw thrown;
      });
      expect((await host.call(D)).text).toBe('data: a\n\n');
      expect(errors()).toHaveLength(1);
      expect(errors()[0]?.message).toMatch(/^GET \/ failed: its events failed: .*boom/);
      expect(errors()[0]?.stack).toMatch(/^mapped: [\s\S]*caused by/);
      await eventually(() => live.leases === 0);
    },
  );

  test('to keep to the protocol is a failure like any other', async () => {
    serving(() => ({ [Symbol.asyncIterator]: () => ({ next: () => undefined as never }) }));
    expect((await host.call(D)).text).toBe('');
    expect(errors()).toHaveLength(1);
  });
});

test('what sse() is given is looked at when it is called', () => {
  expect(() => sse([] as never)).toThrow('without calling it');
  for (const heartbeatMs of [0, -1, 0.5, Number.NaN, 2 ** 31])
    expect(() => sse(() => [], { heartbeatMs })).toThrow(RangeError);
  expect(() => sse(() => [], { retryMs: -1 })).toThrow(RangeError);
});
