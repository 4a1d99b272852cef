import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { arm, currentActor, disarm } from '../../src/core/actor';
import { sse, type EventsOptions, type EventSource } from '../../src/core/events-body';
import { eventsAt } from '../support/event-stream';
import { endpoint, eventually, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
let sockets: Socket[] = [];
beforeEach(async () => {
  host = await startGateway();
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await host.close();
});

const D = '/api/plugin/acme.demo';
const serving = (source: EventSource, options?: EventsOptions) =>
  host.seat(
    'acme.demo',
    endpoint('GET', '/', () => sse(source, options)),
  );
function open(requests = 1): Socket {
  const socket = connect(host.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write(`GET ${D} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(requests));
  return socket;
}
const problems = () => host.log.filter(({ level }) => level === 'error' || level === 'warn');
const GOODBYE = { event: 'goodbye', data: '{"reason":"reload"}' };

/** A source that yields one event and waits, and writes down what becomes of it. */
function waiting() {
  const seen: string[] = [];
  const source: EventSource = async function* ({ signal }) {
    signal.addEventListener('abort', () => seen.push(`aborted: ${signal.reason.message}`));
    try {
      yield 'first';
      await once(signal, 'abort');
      seen.push('went on');
      yield 'late';
      seen.push('never');
    } finally {
      seen.push('finally');
    }
  };
  return { seen, source };
}

describe('a client that leaves', () => {
  test('aborts the signal and runs the finally of its source', async () => {
    const { seen, source } = waiting();
    const live = serving(source);
    const leaving = new AbortController();
    const events = eventsAt(host.base + D, leaving.signal);
    expect((await events.next()).value).toEqual({ event: 'message', data: 'first' });
    expect([live.leases, seen]).toEqual([1, []]);
    leaving.abort();
    await eventually(() => live.leases === 0 && seen.includes('finally'));
    expect(seen).toEqual(['aborted: the client left', 'went on', 'finally']);
    expect(problems()).toEqual([]);
  });

  test('before its turn on a shared connection, too', async () => {
    const seen: string[] = [];
    let begun = 0;
    const live = serving(async function* ({ signal }) {
      begun += 1;
      try {
        await once(signal, 'abort');
        yield 'late';
      } finally {
        seen.push('finally');
      }
    });
    const socket = open(3);
    await eventually(() => begun === 3);
    socket.destroy();
    await eventually(() => live.leases === 0 && seen.length === 3);
  });

  test('frees the generation from a source that never ends', async () => {
    const live = serving(async function* () {
      yield 'first';
      await new Promise(() => undefined);
    });
    const socket = open();
    await once(socket, 'data');
    socket.destroy();
    await eventually(() => live.leases === 0);
    expect(await live.retire(600_000, 'reload')).toMatchObject({ overdue: 0 });
  });

  test('meets a source that ends by throwing the reason or an AbortError: nobody’s error', async () => {
    let ended = 0;
    serving(async function* ({ signal }) {
      try {
        yield 'first';
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      } finally {
        ended += 1;
      }
    });
    await leave();
    serving(async function* ({ signal }) {
      try {
        yield 'first';
        await once(new EventTarget(), 'never', { signal });
      } finally {
        ended += 1;
      }
    });
    await leave();
    await eventually(() => ended === 2);
    expect(problems()).toEqual([]);
  });

  test('meets a source that fails while it ends: that is logged', async () => {
    serving(async function* () {
      try {
        yield 'first';
        yield new Promise(() => undefined);
      } finally {
        throw new Error('not closed');
      }
    });
    await leave();
    serving(() => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<unknown>>(() => undefined),
        return: () => {
          throw new Error('not returned');
        },
      }),
    }));
    const socket = open();
    await once(socket, 'data');
    socket.destroy();
    await eventually(() => problems().some(({ message }) => message.includes('not returned')));
  });

  async function leave(): Promise<void> {
    const leaving = new AbortController();
    const events = eventsAt(host.base + D, leaving.signal);
    await events.next();
    leaving.abort();
  }
});

describe('a client that does not read', () => {
  test('is not asked for more: the source waits for it', async () => {
    let made = 0;
    const live = serving(function* () {
      for (;;) yield String((made += 1)).padEnd(64_000, '.');
    });
    const socket = open();
    await once(socket, 'readable');
    socket.pause();
    let before = -1;
    // What the system buffers on both sides is a few megabytes.
    while (made !== before) {
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(made).toBeLessThan(1_000);
    socket.resume();
    await eventually(() => made > before + 100);
    socket.destroy();
    await eventually(() => live.leases === 0);
  });

  test('does not keep a generation: it is cut after its goodbye', async () => {
    const ended: string[] = [];
    const live = serving(function* () {
      try {
        for (;;) yield 'x'.repeat(64_000);
      } finally {
        ended.push('finally');
      }
    });
    const socket = open();
    await once(socket, 'readable');
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const retired = live.retire(600_000, 'reload');
    expect(ended).toEqual(['finally']);
    expect(await retired).toMatchObject({ overdue: 0 });
  });
});

describe('a generation that retires', () => {
  test('stops its sources, says goodbye and is free at once', async () => {
    const { seen, source } = waiting();
    const live = serving(source);
    const events = eventsAt(host.base + D);
    await events.next();
    const retired = live.retire(600_000, 'reload');
    expect((await events.next()).value).toEqual(GOODBYE);
    expect((await events.next()).done).toBe(true);
    expect(await retired).toEqual({ overdue: 0, failures: [] });
    expect(seen).toEqual(['aborted: the plugin is being taken down', 'went on', 'finally']);
    expect(problems()).toEqual([]);
  });

  test('does not wait for a source that never ends, and the next one serves who comes back', async () => {
    const old = serving(async function* () {
      yield 'old';
      await new Promise(() => undefined);
    });
    const events = eventsAt(host.base + D);
    await events.next();
    serving(() => ['new']);
    const retired = old.retire(600_000, 'reload');
    expect((await events.next()).value).toEqual(GOODBYE);
    expect(await retired).toMatchObject({ overdue: 0 });
    expect((await eventsAt(host.base + D).next()).value).toEqual({ event: 'message', data: 'new' });
  });

  test('sends away who was let in before and is answered after', async () => {
    let called = false;
    let answer!: () => void;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    let isIn = false;
    const live = host.seat(
      'acme.demo',
      endpoint('GET', '/', async () => {
        isIn = true;
        await asked;
        return sse(() => {
          called = true;
          return ['x'];
        });
      }),
    );
    const events = eventsAt(host.base + D);
    const first = events.next();
    await eventually(() => isIn);
    const retired = live.retire(600_000, 'reload');
    answer();
    expect((await first).value).toEqual(GOODBYE);
    expect(await retired).toMatchObject({ overdue: 0 });
    expect(called).toBe(false);
  });

  test('aborts the signal of the exchange whose events it ends', async () => {
    let reason: unknown;
    const live = host.seat(
      'acme.demo',
      endpoint('GET', '/', ({ signal }) =>
        sse(async function* () {
          signal.addEventListener('abort', () => (reason = signal.reason));
          yield 'first';
          await new Promise(() => undefined);
        }),
      ),
    );
    const events = eventsAt(host.base + D);
    await events.next();
    await live.retire(600_000, 'disable');
    expect(reason).toMatchObject({ message: 'the plugin is being taken down' });
  });
});

test('everything that a source does is its plugin’s own doing', async () => {
  const actors: (string | undefined)[] = [];
  const note = () => actors.push(currentActor()?.name);
  arm();
  try {
    serving(() => {
      note();
      return {
        [Symbol.asyncIterator]: () => {
          note();
          return {
            next: async () => {
              note();
              return { done: false, value: { data: { toJSON: () => note() } } };
            },
            return: async () => {
              note();
              return { done: true, value: undefined };
            },
          };
        },
      };
    });
    const socket = open();
    await once(socket, 'data');
    socket.destroy();
    const before = actors.length;
    await eventually(() => host.table.get('acme.demo')?.live?.leases === 0);
    expect(before).toBeGreaterThan(3);
    expect(new Set(actors)).toEqual(new Set(['acme.demo']));
  } finally {
    disarm();
  }
});

test('a hundred streams at once each have their own events', async () => {
  serving(async function* ({ lastEventId }) {
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise(setImmediate);
      yield { id: `${lastEventId}-${turn}`, data: turn };
    }
  });
  const texts = await Promise.all(
    Array.from(
      { length: 100 },
      async (_, n) => (await host.call(D, { headers: { 'last-event-id': `c${n}` } })).text,
    ),
  );
  texts.forEach((text, n) =>
    expect(text.match(/id: (\S+)/g)).toEqual([0, 1, 2, 3, 4].map((t) => `id: c${n}-${t}`)),
  );
});
