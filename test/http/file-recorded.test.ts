import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sse } from '../../src/core/events-body';
import { file } from '../../src/core/file-body';
import { reply } from '../../src/core/reply';
import { durable, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, eventually, json, oldAddresses } from './gateway-under-test';

let host: DurableHost;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-recorded-'));
  writeFileSync(path.join(folder, 'a.txt'), 'contents');
  host = await startDurableHost({
    shared: { choose: (_path, keys) => keys, gather: (outcomes) => reply(200, outcomes) },
  });
});
afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const D = '/api/plugin/acme.demo';
const streamed: [string, () => unknown, string][] = [
  ['a file', () => file(path.join(folder, 'a.txt'), { headers: { 'x-own': 'yes' } }), 'contents'],
  [
    'a stream of events',
    () => sse(async function* () {yield 'contents';}, { headers: { 'x-own': 'yes' } }), // prettier-ignore
    'data: contents\n\n',
  ],
];

describe.each(streamed)('%s', (_name, make, text) => {
  test('is the answer of an endpoint that acknowledges within a time', async () => {
    host.seat('acme.demo', durable({ ackWithinMs: 60_000 }, '/', make));
    const answer = await host.call(D, json({}));
    expect([answer.status, answer.text, answer.headers.get('x-own')]).toEqual([200, text, 'yes']);
    await eventually(() => host.table.get('acme.demo')?.live?.leases === 0);
  });

  test('is answered to a repetition without its body, which says so', async () => {
    let runs = 0;
    const handle = () => {
      runs += 1;
      return make();
    };
    host.seat('acme.demo', endpoint('POST', '/', handle, { idempotency: { required: false } }));
    const again = () => host.call(D, json({}, { 'idempotency-key': 'k' }));
    expect((await again()).text).toBe(text);
    let second = await again();
    for (let turn = 0; turn < 200 && second.status === 409; turn += 1) second = await again();
    expect([second.status, second.text, runs]).toEqual([200, '', 1]);
    expect(['gatehouse-body', 'x-own'].map((name) => second.headers.get(name))).toEqual(['omitted', 'yes']);
  });

  test('given early is the answer', async () => {
    const live = host.seat(
      'acme.demo',
      endpoint('POST', '/', ({ respond }) => respond(make() as Parameters<typeof respond>[0])),
    );
    expect((await host.call(D, json({}))).text).toBe(text);
    await eventually(() => live.leases === 0);
  });

  test('at a shared address is an outcome without a body', async () => {
    const key = 'acme.demo';
    host.seat(key, endpoint('POST', '/gh', make, { aliases: oldAddresses(key, '/gh') }));
    expect((await host.call('/api/webhook/gh', json({}))).body).toEqual([{ plugin: key, status: 200 }]);
  });

  test.each([204, 304])('with a status that has no body (%d) has none', async (status) => {
    host.seat(
      'acme.demo',
      endpoint('GET', '/empty', () => reply(status, (make() as { body: unknown }).body)),
    );
    const answer = await host.call(`${D}/empty`);
    expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([status, '', null]);
  });
});
