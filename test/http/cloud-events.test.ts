import { CloudEvent as SentEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';
import { createEventBus } from '../../src/agent/events/event-bus';
import { systemClock } from '../../src/core/clock';
import type { CloudEvent } from '../../src/core/event';
import type { PluginServices } from '../../src/core/plugin-services';
import {
  cloudEventsDeclarations,
  type CloudEventsOptions,
  type HandleCloudEvent,
} from '../../src/plugins/cloud-events';
import { listener } from '../agent/events/bus-under-test';
import { until } from '../inbox/engine-under-test';
import { startDurableHost, type DurableHost } from './durable-host';
import { githubHeaders, guardsOn } from './guards-under-test';
import { keyOf } from './gateway-under-test';

const KEY = 'acme.ci';
let host: DurableHost;
let bus: ReturnType<typeof createEventBus>;
const heard: CloudEvent[] = [];

const take = (path: string, options: CloudEventsOptions = {}, handler?: HandleCloudEvent) =>
  cloudEventsDeclarations(
    keyOf(KEY),
    `cloudEvents(${path})`,
    path,
    options,
    handler,
    () => ({ events: bus.bus.of(keyOf(KEY)) }) as unknown as PluginServices,
  );

beforeAll(async () => {
  host = await startDurableHost({ guards: guardsOn() });
  bus = createEventBus({
    ...{ table: host.table, shared: host.engine.shared, sink: host.engine.inbox, clock: systemClock },
    logger: { warn: (() => undefined) as never },
  });
  host.seat(
    KEY,
    ...take('/events', { allowedOrigins: ['sender.example'], allowedRate: 120 }),
    ...take('/handled', { answer: 'handler' }, ({ id }) => (id === 'silent' ? undefined : { id })),
    ...take('/signed', { access: { signature: 'github', secret: 'KEY' } }),
    ...take('/flaky', { retry: { attempts: 2, backoff: [10] } }, (event, { job }) => {
      if (job?.attempt === 1) throw new Error('not yet');
      heard.push(event);
    }),
    listener('com.*', (event) => void heard.push(event), { name: 'all' }),
  );
});
beforeEach(() => {
  heard.length = 0;
});
afterAll(async () => {
  await bus.close();
  await host.close();
});

const at = (path: string) => `/api/plugin/${KEY}${path}`;
const post = (path: string, type: string | undefined, body: string, headers: Record<string, string> = {}) =>
  host.call(at(path), {
    method: 'POST',
    body: Buffer.from(body),
    headers: { ...(type !== undefined && { 'content-type': type }), ...headers },
  });
const structured = (event: object, path = '/events', headers = {}) =>
  post(path, 'application/cloudevents+json', JSON.stringify(event), headers);
const plain = (id: string, more: object = {}) => ({
  specversion: '1.0',
  id,
  source: 'https://shop.example/orders',
  type: 'com.shop.paid',
  ...more,
});
const hear = (n: number) => until(`${n} events`, () => heard.length === n);
/** What is stored by now is worked: nothing more comes. */
const settled = () => host.engine.idle();

describe('the official SDK as the sender', () => {
  const sent = (id: string, more: object = {}) =>
    new SentEvent({
      ...{ id, source: '/sdk', type: 'com.sdk.sent', subject: 'Euro € "quoted" 100%', traceid: 'a b' },
      data: { n: 1 },
      ...more,
    });

  test.each([
    ['binary', Mode.BINARY],
    ['structured', Mode.STRUCTURED],
  ])('%s mode: the event arrives as it was sent', async (name, mode) => {
    // The SDK leaves characters beyond Latin-1 in headers as they are, which Node refuses to send.
    const subject = mode === Mode.BINARY ? 'a "quoted" 100% subject' : 'Euro € "quoted" 100%';
    const event = sent(`sdk-${name}`, { subject });
    const emit = emitterFor(httpTransport(host.base + at('/events')), { mode });
    expect(await emit(event)).toMatchObject({ body: '' });
    await hear(1);
    const { datacontenttype, ...rest } = heard[0] as CloudEvent;
    expect(rest).toEqual(JSON.parse(JSON.stringify(event)));
    // Of the body in binary mode; in the other the event says nothing, which is JSON.
    expect(datacontenttype).toBe(mode === Mode.BINARY ? 'application/json; charset=utf-8' : undefined);
  });

  test('batch mode: each event arrives, each once', async () => {
    const batch = [sent('sdk-b1'), sent('sdk-b2', { data: 'text' }), sent('sdk-b1')];
    const type = 'application/cloudevents-batch+json';
    const answer = await post('/events', type, JSON.stringify(batch.map((event) => event.toJSON())));
    expect(answer.status).toBe(202);
    await hear(2);
    expect((await post('/events', type, '[]')).status).toBe(202);
    await settled();
    expect(heard.map(({ id }) => id).sort()).toEqual(['sdk-b1', 'sdk-b2']);
  });

  test('data that is no JSON arrives as bytes', async () => {
    const message = HTTP.binary(
      sent('sdk-bytes', { datacontenttype: 'image/png', data: Buffer.from([0, 255, 1]), subject: 's' }),
    );
    const headers = Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
    );
    const answer = await host.call(at('/events'), { method: 'POST', headers, body: message.body as Buffer });
    expect(answer.status).toBe(202);
    await hear(1);
    expect(heard[0]?.data_base64).toBe(Buffer.from([0, 255, 1]).toString('base64'));
  });
});

const expectedCode = (body: string) => (body === '{"id":' ? 'body/invalid-json' : 'events/bad-event');

describe('an endpoint for CloudEvents', () => {
  test('answers 202 and where the receipt is; the same source and id again reach nobody', async () => {
    const first = await structured(plain('1'));
    expect(first.status).toBe(202);
    expect(first.headers.get('location')).toMatch(/^\/api\/receipts\//);
    await hear(1);
    const again = await structured(plain('1', { type: 'com.shop.other' }));
    expect([again.status, again.headers.get('location')]).toEqual([202, first.headers.get('location')]);
    await structured([plain('1')] as never, '/events', {
      'content-type': 'application/cloudevents-batch+json',
    });
    await settled();
    expect(heard).toHaveLength(1);
  });

  test('decodes header values: quotes, percent signs and bytes that stand as they are', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'h1',
      'ce-source': '/h',
      'ce-type': 'com.h',
      'ce-subject': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
      'ce-quoted': '"a \\"b\\" 50%25"',
      'ce-raw': Buffer.from('Ü').toString('latin1'),
      'ce-latin': '\u00e9',
    };
    expect((await post('/events', 'text/plain; charset=utf-8', 'hällo', headers)).status).toBe(202);
    await hear(1);
    expect(heard[0]).toMatchObject({
      subject: 'Euro € 😀',
      quoted: 'a "b" 50%',
      raw: 'Ü',
      latin: 'é',
      data: 'hällo',
      datacontenttype: 'text/plain; charset=utf-8',
    });
  });

  test.each<[string, number, string | undefined, string, Record<string, string>?]>([
    ['another format', 415, 'application/cloudevents+xml', '<event/>'],
    ['another charset', 415, 'application/cloudevents+json; charset=utf-16', '{}'],
    ['JSON that is no event, without ce- headers', 415, 'application/json', '{"a":1}'],
    ['nothing at all', 415, undefined, ''],
    ['broken JSON', 400, 'application/cloudevents+json', '{"id":'],
    ['a batch that is no list', 400, 'application/cloudevents-batch+json', '{}'],
    ['a list that is no batch', 400, 'application/cloudevents+json', '[]'],
    [
      'another version',
      400,
      'application/cloudevents+json',
      JSON.stringify(plain('x', { specversion: '0.3' })),
    ],
    ['no source', 400, 'application/cloudevents+json', JSON.stringify(plain('x', { source: '' }))],
    ['a name with capitals', 400, 'application/cloudevents+json', JSON.stringify(plain('x', { Trace: 'a' }))],
    [
      'an attribute that is a list',
      400,
      'application/cloudevents+json',
      JSON.stringify(plain('x', { trace: [] })),
    ],
    ['a time that is none', 400, 'application/cloudevents+json', JSON.stringify(plain('x', { time: 'now' }))],
    [
      'two kinds of data',
      400,
      'application/cloudevents+json',
      JSON.stringify(plain('x', { data: 1, data_base64: '' })),
    ],
    [
      'data that is no Base64',
      400,
      'application/cloudevents+json',
      JSON.stringify(plain('x', { data_base64: 'a?' })),
    ],
    ['bytes that are no UTF-8', 400, 'text/plain', 'x', { 'ce-specversion': '1.0', 'ce-id': '%C3%28' }],
    [
      'a type said twice',
      400,
      'text/plain',
      'x',
      { 'ce-specversion': '1.0', 'ce-datacontenttype': 'text/plain' },
    ],
  ])('refuses %s with %i', async (_what, status, type, body, ...[headers]) => {
    const answer = await post('/events', type, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body.code).toBe(status === 415 ? 'events/unknown-format' : expectedCode(body));
    await settled();
    expect(heard).toEqual([]);
  });

  test.each([
    '/plugins/acme.ci',
    '/Plugins/acme.ci',
    '/%70lugins/acme.ci',
    '/plugins%2Facme.ci',
    '\\plugins\\acme.ci',
    ' /plugins/acme.ci',
    '/./plugins/acme.ci',
    '/x/%2e%2e/plugins/acme.ci',
    '/.//plugins/acme.ci',
  ])('refuses an event that says it comes from a plugin: %j', async (source) => {
    const BATCH = 'application/cloudevents-batch+json';
    const claimed = plain('claimed', { source });
    const headers = {
      ...{ 'ce-specversion': '1.0', 'ce-id': 'b', 'ce-type': 'com.h' },
      'ce-source': encodeURIComponent(source),
    };
    const answers = [
      await structured(claimed),
      await structured(claimed, '/handled'),
      await post('/events', BATCH, JSON.stringify([plain('beside'), claimed])),
      await post('/events', 'text/plain', 'x', headers),
    ];
    for (const { status, body } of answers) expect([status, body.code]).toEqual([400, 'events/bad-event']);
    await settled();
    expect(heard).toEqual([]);
  });

  test.each(['/pluginsmith/1', '/plugin', 'urn:plugins', 'https://host.example/plugins/x', '//plugins/x'])(
    'takes %s for nobody’s but the sender’s own',
    async (source) => {
      expect((await structured(plain('own', { source }))).status).toBe(202);
      await hear(1);
      expect(heard[0]?.source).toBe(source);
    },
  );

  test('takes 1,000 events at once, and no more', async () => {
    const batch = (n: number) =>
      JSON.stringify(Array.from({ length: n }, (_, i) => plain(`m${i}`, { type: 'nobody.listens' })));
    const type = 'application/cloudevents-batch+json';
    expect((await post('/events', type, batch(1_000))).status).toBe(202);
    const answer = await post('/events', type, batch(1_001));
    expect([answer.status, answer.body.code]).toEqual([413, 'events/too-many']);
    expect(answer.body.detail).toMatch(/at most 1000 events, this one 1001/);
  });

  test('gives each event to its handler, whose value is the answer where the author wants that', async () => {
    expect(await structured(plain('v1'), '/handled')).toMatchObject({ status: 200, body: { id: 'v1' } });
    expect((await structured(plain('silent'), '/handled')).status).toBe(204);
  });

  test('works an event again whose handler throws, after the sender was answered', async () => {
    expect((await structured(plain('f1'), '/flaky')).status).toBe(202);
    await hear(1);
    expect(heard[0]?.id).toBe('f1');
  });

  test('takes nothing that is not signed rightly, where senders sign', async () => {
    const body = JSON.stringify(plain('s1'));
    expect((await structured(plain('s1'), '/signed')).status).toBe(401);
    expect((await structured(plain('s1'), '/signed', githubHeaders(body, 'another'))).status).toBe(401);
    expect((await structured(plain('s1'), '/signed', githubHeaders(body))).status).toBe(202);
    await hear(1);
  });

  test('says yes to those who may ask first, and to nobody else', async () => {
    const ask = (origin: string) =>
      host.call(at('/events'), { method: 'OPTIONS', headers: { 'webhook-request-origin': origin } });
    const yes = await ask('Sender.example');
    expect(yes.status).toBe(200);
    expect(yes.headers.get('webhook-allowed-origin')).toBe('sender.example');
    expect(yes.headers.get('webhook-allowed-rate')).toBe('120');
    expect(yes.headers.get('allow')).toContain('POST');
    expect((await ask('other.example')).headers.get('webhook-allowed-origin')).toBeNull();
  });

  test('names what is wrong with its options', () => {
    expect(() => take('/x', { allowedRate: 0 }, 'no function' as never)).toThrow(
      /allowedRate must be a whole number above 0[\s\S]*the handler must be a function/,
    );
    expect(() => take('/x', { acces: 'public' } as never)).toThrow(/acces/);
  });
});
