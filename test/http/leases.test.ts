import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { reply } from '../../src/core/reply';
import { endpoint, eventually, router, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';

/** A handler that waits to be let go, and counts who waits. */
function gate() {
  const events = new EventEmitter();
  let waiting = 0;
  return {
    waiting: () => waiting,
    open: () => events.emit('open'),
    pass: async () => {
      waiting += 1;
      await once(events, 'open');
      return { passed: true };
    },
  };
}

describe('a lease', () => {
  test('keeps the old generation until its requests are answered, while the new one takes traffic', async () => {
    const slow = gate();
    const old = host.seat('acme.demo', endpoint('GET', '/', slow.pass));
    const disposed: string[] = [];
    old.scope.defer('resource', () => disposed.push('old'));
    const pending = host.call(D);
    await eventually(() => slow.waiting() === 1);
    host.seat(
      'acme.demo',
      endpoint('GET', '/', () => 'new'),
    );
    const retired = old.retire(5_000, 'reload');
    expect((await host.call(D)).body).toBe('new');
    expect(disposed).toEqual([]);
    slow.open();
    expect((await pending).body).toEqual({ passed: true });
    expect(await retired).toMatchObject({ overdue: 0 });
    expect(disposed).toEqual(['old']);
  });

  test('of a handler outlives the client that left', async () => {
    const slow = gate();
    let aborted = false;
    const live = host.seat(
      'acme.demo',
      endpoint('GET', '/', ({ signal }) => {
        signal.addEventListener('abort', () => (aborted = true));
        return slow.pass();
      }),
    );
    const leaving = new AbortController();
    const pending = host.call(D, { signal: leaving.signal }).catch(() => undefined);
    await eventually(() => slow.waiting() === 1);
    leaving.abort();
    await pending;
    await eventually(() => aborted);
    expect(live.leases).toBe(1);
    slow.open();
    await eventually(() => live.leases === 0);
  });

  test('past the drain deadline is cut: the connection ends and the report says so', async () => {
    const slow = gate();
    const live = host.seat('acme.demo', endpoint('GET', '/', slow.pass));
    const pending = host.call(D).catch(() => 'cut');
    await eventually(() => slow.waiting() === 1);
    expect(await live.retire(50, 'disable')).toMatchObject({ overdue: 1 });
    expect(await pending).toBe('cut');
    expect(live.leases).toBe(0);
    slow.open();
  });

  test('of a Router ends with its response, whichever way it ends', async () => {
    const live = host.seat(
      'acme.demo',
      router('/', (r) => r.get('/ok', (_q, s) => void s.send('x')).get('/hang', () => undefined)),
    );
    await host.call(`${D}/ok`);
    await eventually(() => live.leases === 0);
    const leaving = new AbortController();
    const pending = host.call(`${D}/hang`, { signal: leaving.signal }).catch(() => undefined);
    await eventually(() => live.leases === 1);
    leaving.abort();
    await pending;
    await eventually(() => live.leases === 0);
  });

  test('of pipelined requests ends when their connection does', async () => {
    const slow = gate();
    const live = host.seat(
      'acme.demo',
      router('/', (r) => r.get('/', () => void slow.pass())),
    );
    const socket = connect(host.port, '127.0.0.1');
    socket.write(`GET ${D} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(3));
    await eventually(() => live.leases === 3);
    socket.destroy();
    await eventually(() => live.leases === 0);
    slow.open();
  });
});

describe('a stream of events', () => {
  const events = { 'content-type': 'text/event-stream' };

  test('of a Router says goodbye and ends when its generation retires', async () => {
    const live = host.seat(
      'acme.demo',
      router('/', (r) =>
        r.get('/', (_q, response) => {
          response.writeHead(200, events);
          response.write('data: 1\n\n');
        }),
      ),
    );
    const response = await fetch(host.base + D);
    const retired = live.retire(5_000, 'reload');
    expect(await response.text()).toBe('data: 1\n\nevent: goodbye\ndata: {"reason":"reload"}\n\n');
    expect(await retired).toMatchObject({ overdue: 0 });
  });

  test('returned by an endpoint does so too', async () => {
    const source = new Readable({ read: () => undefined });
    const live = host.seat(
      'acme.demo',
      endpoint('GET', '/', () => reply(200, source, events)),
    );
    source.push('data: 1\n\n');
    const response = await fetch(host.base + D);
    const retired = live.retire(5_000, 'disable');
    expect(await response.text()).toContain('event: goodbye\ndata: {"reason":"disable"}\n\n');
    expect(await retired).toMatchObject({ overdue: 0 });
    await eventually(() => source.destroyed);
  });

  test('that goes on writing after its goodbye is contained', async () => {
    const live = host.seat(
      'acme.demo',
      router('/', (r) =>
        r.get('/', (_q, response) => {
          response.writeHead(200, events).write('data: 1\n\n');
          const timer = setInterval(() => response.write('data: 2\n\n'), 1);
          response.on('close', () => setTimeout(() => clearInterval(timer), 20));
        }),
      ),
    );
    const response = await fetch(host.base + D);
    await live.retire(5_000, 'reload');
    expect(await response.text()).toContain('goodbye');
    expect((await host.call('/healthz')).status).toBe(200);
  });
});

describe('a deadline', () => {
  test('passed is 503, the signal aborts, the lease ends, and what comes late is dropped and logged', async () => {
    const slow = gate();
    let reason: unknown;
    const live = host.seat(
      'acme.demo',
      endpoint(
        'GET',
        '/',
        async ({ signal }) => {
          signal.addEventListener('abort', () => (reason = signal.reason));
          return slow.pass();
        },
        { timeoutMs: 50 },
      ),
    );
    const answer = await host.call(D);
    expect([answer.status, answer.body.code]).toEqual([503, 'endpoint/timeout']);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(reason).toMatchObject({ code: 'endpoint/timeout' });
    await eventually(() => live.leases === 0);
    slow.open();
    const late = 'GET / answered after its time was up; the answer was dropped';
    await eventually(() => host.log.some(({ message }) => message === late));
    expect(live.leases).toBe(0);
  });

  test('passed by a handler that never settles leaves nothing to drain but its background work', async () => {
    const slow = gate();
    const live = host.seat(
      'acme.demo',
      endpoint(
        'GET',
        '/',
        ({ background }) => {
          background(slow.pass);
          return new Promise(() => undefined);
        },
        { timeoutMs: 50 },
      ),
    );
    expect((await host.call(D)).status).toBe(503);
    await eventually(() => live.leases === 0);
    expect(live.works).toBe(1);
    const retired = live.retire(600_000, 'reload');
    slow.open();
    expect(await retired).toEqual({ overdue: 0, failures: [] });
  });

  test('passed ends the lease of a client that left before, too', async () => {
    const slow = gate();
    const live = host.seat('acme.demo', endpoint('GET', '/', slow.pass, { timeoutMs: 300 }));
    const leaving = new AbortController();
    const pending = host.call(D, { signal: leaving.signal }).catch(() => undefined);
    await eventually(() => slow.waiting() === 1);
    leaving.abort();
    await pending;
    await eventually(() => live.leases === 0);
  });

  test('passed long ago, and its generation gone, a handler may still fail or begin work', async () => {
    const slow = gate();
    let ran = false;
    const live = host.seat(
      'acme.demo',
      endpoint(
        'GET',
        '/',
        async ({ background }) => {
          await slow.pass();
          background(() => (ran = true));
          throw new Error('too late');
        },
        { timeoutMs: 50 },
      ),
    );
    expect((await host.call(D)).status).toBe(503);
    expect(await live.retire(600_000, 'disable')).toEqual({ overdue: 0, failures: [] });
    slow.open();
    await eventually(() => host.log.some(({ message }) => message.includes('its time was up: too late')));
    expect([ran, live.leases, live.works]).toEqual([true, 0, 0]);
    expect((await host.call('/healthz')).status).toBe(200);
  });

  test('is not early', async () => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/', () => new Promise((done) => setTimeout(() => done('in time'), 150)), {
        timeoutMs: 200,
      }),
    );
    expect((await host.call(D)).body).toBe('in time');
  });
});

describe('background work', () => {
  test('runs after the answer, is tracked, and is told when the generation retires', async () => {
    const seen: string[] = [];
    const live = host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ background }) => {
        const id = background(async (signal) => {
          await once(signal, 'abort');
          seen.push('aborted');
        });
        return reply(202, { id });
      }),
    );
    const answer = await host.call(D, { method: 'POST' });
    expect([answer.status, typeof answer.body.id]).toEqual([202, 'string']);
    expect(live.works).toBe(1);
    expect(await live.retire(5_000, 'disable')).toMatchObject({ overdue: 0 });
    expect(seen).toEqual(['aborted']);
  });
});
