import type { Job } from '../../src/core/job';
import type { Tracing } from '../../src/core/ports/tracing';
import { openTracing } from '../../src/telemetry/open-tracing';
import { receivingServer, type ReceivingServer } from '../agent/channels/receiving-server';
import { endpoint, router } from '../http/gateway-under-test';
import { task, until } from '../inbox/engine-under-test';
import { keptLogger } from '../state/secrets-under-test';
import { loaderTo, startCollector, type Collector, type TakenSpan } from './collector';
import { startTracedHost, type TracedHost } from './traced-host';

const HERE = '/api/plugin/acme.shop';
const SENDER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const SERVER = 2;
const CLIENT = 3;
const CONSUMER = 5;

let collector: Collector;
let chat: ReceivingServer;
let tracing: Tracing;
let host: TracedHost;
let chatKey: string;
let asked: string[] = [];
let tries = 0;

beforeAll(async () => {
  [collector, chat] = await Promise.all([startCollector(), receivingServer()]);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` };
  const { logger } = keptLogger();
  tracing = openTracing({ env, logger, version: '7.0.0', load: loaderTo(), delayMs: 20 }) as Tracing;
  host = await startTracedHost(tracing);
  chatKey = await host.chatAt('ops', `${chat.url}/services/SECRET-PATH`);
  host.seat(
    'acme.shop',
    endpoint(
      'POST',
      '/orders/:id',
      async (exchange) => {
        await (exchange.job as Job).message.sendText(chatKey, 'an order came');
        return undefined;
      },
      { answer: 'accept' },
    ),
    endpoint('POST', '/chain', (exchange) => (exchange.job as Job).enqueue('first'), { answer: 'accept' }),
    endpoint(
      'POST',
      '/held',
      async ({ signal }) => {
        await host.http.get(`${chat.url}/held`, { signal });
        return { held: true };
      },
      { answer: { ackWithinMs: 5_000 } },
    ),
    endpoint('GET', '/plain', () => ({ plain: true })),
    endpoint('GET', '/broken', () => {
      throw new Error('the password is hunter2');
    }),
    router('/pages', (pages) => pages.get('/:name', (_request, response) => void response.json({}))),
    task('first', (_payload, job) => job.enqueue('second')),
    task('second', async (_payload, job) => {
      asked.push(job.id);
      await host.http.get(`${chat.url}/asked`, { signal: job.signal });
    }),
    task('twice', (_payload, job) => {
      tries += 1;
      if (job.attempt === 1) throw new TypeError('the password is hunter2');
      job.enqueue('second');
    }),
    task('waiting', async (_payload, job) => void (await job.waitFor('go'))),
  );
});

afterAll(async () => {
  await host.close();
  await tracing.close(1_000);
  await Promise.all([collector.close(), chat.close()]);
});

const post = (path: string, headers: Record<string, string> = {}) =>
  host.call(HERE + path, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...headers },
    body: 'x',
  });

const spanWhere = (what: string, isIt: (span: TakenSpan) => boolean) =>
  until(what, () => collector.spans().find(isIt));

const spanOfRequest = (requestId: string) =>
  spanWhere(`the span of ${requestId}`, ({ attributes }) => attributes['gatehouse.request_id'] === requestId);

const below = (parent: TakenSpan, name: string) =>
  spanWhere(
    `${name} below ${parent.name}`,
    (span) => span.name === name && span.traceId === parent.traceId && span.parentSpanId === parent.spanId,
  );

describe('one trace', () => {
  test('holds a request, the delivery it is worked by, the message that sends, and the request to the chat', async () => {
    expect((await post('/orders/77?secret=1', { 'x-request-id': 'order-77' })).status).toBe(202);
    const request = await spanOfRequest('order-77');
    expect(request).toMatchObject({ name: `POST ${HERE}/orders/:id`, kind: SERVER, parentSpanId: '' });
    expect(request.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': `${HERE}/orders/:id`,
      'url.path': `${HERE}/orders/77`,
      'http.response.status_code': 202,
      'client.address': '127.0.0.1',
      'gatehouse.plugin': 'acme.shop',
    });
    const delivery = await below(request, 'process acme.shop POST /orders/:id');
    expect(delivery.kind).toBe(CONSUMER);
    expect(delivery.attributes).toMatchObject({ 'gatehouse.attempt': 1, 'gatehouse.outcome': 'succeeded' });
    const message = await below(delivery, 'process gatehouse.host message');
    const sent = await below(message, 'POST');
    expect(sent).toMatchObject({ kind: CLIENT, attributes: { 'http.response.status_code': 200 } });
    const arrived = await until('the message', () =>
      chat.received.find(({ path }) => path.includes('services')),
    );
    expect(arrived.headers['traceparent']).toBe(`00-${request.traceId}-${sent.spanId}-01`);
    expect(JSON.stringify(collector.spans())).not.toMatch(/SECRET-PATH|secret=1/);
    expect(collector.resource()).toMatchObject({ 'service.name': 'gatehouse', 'service.version': '7.0.0' });
  });

  test('goes on where the sender says that it began elsewhere', async () => {
    const traceparent = `00-${SENDER.traceId}-${SENDER.spanId}-01`;
    await post('/orders/78', { traceparent, 'x-request-id': 'order-78' });
    const request = await spanOfRequest('order-78');
    expect([request.traceId, request.parentSpanId]).toEqual([SENDER.traceId, SENDER.spanId]);
    await below(await below(request, 'process acme.shop POST /orders/:id'), 'process gatehouse.host message');
  });

  test('is not kept where the sender keeps none of it', async () => {
    const traceId = 'f'.repeat(32);
    await post('/orders/79', { traceparent: `00-${traceId}-${SENDER.spanId}-00`, 'x-request-id': 'unkept' });
    await post('/orders/80', { 'x-request-id': 'kept-after' });
    await below(await spanOfRequest('kept-after'), 'process acme.shop POST /orders/:id');
    await host.engine.idle();
    expect(collector.spans().filter((span) => span.traceId === traceId)).toEqual([]);
  });

  test('holds tasks that tasks enqueue, and what they ask of others', async () => {
    asked = [];
    await post('/chain', { 'x-request-id': 'chain-1' });
    const delivery = await below(await spanOfRequest('chain-1'), 'process acme.shop POST /chain');
    const second = await below(await below(delivery, 'process acme.shop first'), 'process acme.shop second');
    expect(second.attributes['gatehouse.job']).toBe(asked[0]);
    expect((await below(second, 'GET')).attributes).toMatchObject({ 'server.address': '127.0.0.1' });
  });

  test('holds a handler that is held in the midst of its request', async () => {
    expect((await post('/held', { 'x-request-id': 'held-1' })).body).toEqual({ held: true });
    const delivery = await below(await spanOfRequest('held-1'), 'process acme.shop POST /held');
    await below(delivery, 'GET');
  });

  test('is one of each of two requests that give themselves the same id', async () => {
    await post('/orders/81', { 'x-request-id': 'same' });
    await until('another millisecond', () => Date.now() % 2 === 0 || undefined);
    await post('/orders/82', { 'x-request-id': 'same' });
    const both = await until('both', () => {
      const found = collector
        .spans()
        .filter(({ attributes }) => attributes['gatehouse.request_id'] === 'same');
      return found.length === 2 ? found : undefined;
    });
    expect(new Set(both.map(({ spanId }) => spanId)).size).toBe(2);
  });
});

describe('an attempt', () => {
  test('that fails tells its kind and none of its words; the next one stands beside it, what it stores below that', async () => {
    const { id } = await host.engine.inbox.tasksOf('acme.shop' as never).enqueue('twice');
    const attempts = await until('two attempts', () => {
      const found = collector.spans().filter(({ attributes }) => attributes['gatehouse.job'] === id);
      return found.length === 2 ? found : undefined;
    });
    const [failed, done] = attempts as [TakenSpan, TakenSpan];
    expect(tries).toBe(2);
    expect(failed.status).toEqual({ code: 2, message: 'TypeError' });
    expect(failed.events.map(({ name }) => name)).toEqual(['exception']);
    expect(done.status.code ?? 0).toBe(0);
    expect(failed.traceId).toBe(done.traceId);
    expect(failed.spanId).not.toBe(done.spanId);
    await below(done, 'process acme.shop second');
    expect(JSON.stringify(collector.spans())).not.toContain('hunter2');
  });

  test('that waits is a span of its own, and does not take the id of the one that goes on', async () => {
    const tasks = host.engine.inbox.tasksOf('acme.shop' as never);
    const { id } = await tasks.enqueue('waiting');
    const spans = () => collector.spans().filter(({ attributes }) => attributes['gatehouse.job'] === id);
    await until('it waits', () =>
      spans().find(({ attributes }) => attributes['gatehouse.outcome'] === 'waiting'),
    );
    await tasks.signal(id, 'go');
    const both = await until('it went on', () => (spans().length === 2 ? spans() : undefined));
    expect(both.map(({ attributes }) => attributes['gatehouse.outcome'])).toEqual(['waiting', 'succeeded']);
    expect(new Set(both.map(({ spanId }) => spanId)).size).toBe(2);
    expect(new Set(both.map(({ traceId }) => traceId)).size).toBe(1);
  });
});

describe('a request', () => {
  test('that fails is an error without its words, of a Router it has the place of that', async () => {
    await host.call(`${HERE}/broken`, { headers: { 'x-request-id': 'broken-1' } });
    await host.call(`${HERE}/pages/one`, { headers: { 'x-request-id': 'page-1' } });
    const broken = await spanOfRequest('broken-1');
    expect(broken.status).toEqual({ code: 2, message: '500' });
    expect((await spanOfRequest('page-1')).name).toBe(`GET ${HERE}/pages`);
    expect(JSON.stringify(collector.spans())).not.toContain('hunter2');
  });

  test('of the host itself is nobody’s trace', async () => {
    await host.call('/healthz', { headers: { 'x-request-id': 'health-1' } });
    await host.call(`${HERE}/plain`, { headers: { 'x-request-id': 'plain-1' } });
    await spanOfRequest('plain-1');
    expect(
      collector.spans().some(({ attributes }) => attributes['gatehouse.request_id'] === 'health-1'),
    ).toBe(false);
  });
});
