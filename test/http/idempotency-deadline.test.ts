import type { Exchange } from '../../src/core/exchange';
import { startDurableHost, type DurableHost } from './durable-host';
import { endpoint, json } from './gateway-under-test';

let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost({ settings: { timeouts: { handlerMs: 1_500 } } });
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';

test('a key whose handler never ends is busy for a while after the 503, and then runs anew', async () => {
  let runs = 0;
  const handle = (exchange: Exchange) =>
    (runs += 1) === 1 ? new Promise(() => undefined) : { run: runs, paid: exchange.json() };
  host.seat('acme.demo', endpoint('POST', '/pay', handle, { idempotency: { required: true } }));
  const pay = () => host.call(`${D}/pay`, json({ n: 1 }, { 'idempotency-key': 'k' }));
  const first = await pay();
  expect([first.status, first.body.code]).toEqual([503, 'endpoint/timeout']);
  const second = await pay();
  expect([second.status, second.body.code]).toEqual([409, 'idempotency/in-progress']);
  let third = second;
  while (third.status === 409) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    third = await pay();
  }
  expect([third.status, third.body]).toEqual([200, { run: 2, paid: { n: 1 } }]);
  const fourth = await pay();
  expect([fourth.body, fourth.headers.get('gatehouse-duplicate'), runs]).toEqual([third.body, 'true', 2]);
  const jobs = await host.store.reader
    .selectFrom('job')
    .select(['state', 'lease_until'])
    .orderBy('id')
    .execute();
  expect(jobs.map(({ lease_until: until }) => until)).toEqual([null, null]);
});
