import { endpoint, json, oldAddresses } from '../http/gateway-under-test';
import { Latch } from '../http/durable-host';
import { startDurableLegacyHost, type DurableLegacyHost } from './durable-legacy-host';

const GLOBAL = '/api/webhook/gh';
let host: DurableLegacyHost;
beforeEach(async () => {
  host = await startDurableLegacyHost();
});
afterEach(() => host.close());

const receipts = () => host.store.reader.selectFrom('receipt').selectAll().orderBy('id').execute();
const jobs = () => host.store.reader.selectFrom('job').selectAll().orderBy('id').execute();
const results = (body: any): string[] =>
  [...body.data.results, ...body.data.errors].map(({ plugin, status }: any) => `${plugin} ${status}`);
async function eventually<T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  for (let turn = 0; turn < 400; turn += 1) {
    const value = await read();
    if (isThere(value)) return value;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error('it did not become so');
}
const succeeded = (count: number) =>
  eventually(jobs, (rows) => rows.filter(({ state }) => state === 4).length === count);

describe('at the global address', () => {
  test('listeners that accept share one receipt, each has its job, and the envelope says 202 of each', async () => {
    const seen: unknown[] = [];
    for (const key of ['a.gh', 'b.gh', 'c.gh'])
      host.serve(
        key,
        (request, data) => void seen.push([key, data, request.url]),
        key === 'c.gh' ? {} : { answer: 'accept' },
      );
    const { status, body } = await host.call(`${GLOBAL}?x=1`, json({ n: 1 }));
    expect([status, body.message, results(body)]).toEqual([
      200,
      'Webhook processed, succeeded: 3, failed: 0',
      ['a.gh 202', 'b.gh 202', 'c.gh 200'],
    ]);
    const [a, b] = body.data.results;
    expect([a.body, b.body]).toEqual([a.body, { id: a.body.id, status: 'accepted' }]);
    await succeeded(2);
    expect(await host.receipt(a.body.id)).toMatchObject({ state: 'succeeded', attempts: 1 });
    const at = `${GLOBAL}?x=1`;
    expect(seen.sort()).toEqual(['a.gh', 'b.gh', 'c.gh'].map((key) => [key, { n: 1 }, at]));
    const [stored, noted] = await eventually(receipts, (rows) => rows.length === 2);
    expect((await jobs()).map((job) => job.receipt_id)).toEqual([stored?.id, stored?.id]);
    expect(stored?.meta).toContain('the address is shared with b.gh');
    expect(noted?.answer_status).toBe(200);
  });

  test('each listener repeats only what its own endpoint has had, at whatever address', async () => {
    const dedupe = { header: 'x-delivery' };
    const seen: string[] = [];
    for (const key of ['a.gh', 'b.gh'])
      host.serve(key, () => void seen.push(key), { answer: 'accept', dedupe });
    const sent = json({}, { 'x-delivery': '1' });
    const alone = await host.call('/api/plugin/a.gh/gh', sent);
    const first = await host.call(GLOBAL, sent);
    expect(results(first.body)).toEqual(['a.gh 202', 'b.gh 202']);
    expect(first.body.data.results[0].body.id).toBe(alone.body.id);
    expect(first.headers.get('gatehouse-duplicate')).toBeNull();
    const again = await host.call(GLOBAL, sent);
    expect([again.headers.get('gatehouse-duplicate'), results(again.body)]).toEqual([
      'true',
      ['a.gh 202', 'b.gh 202'],
    ]);
    await succeeded(2);
    expect(seen.sort()).toEqual(['a.gh', 'b.gh']);
  });

  test('a listener in time answers for itself, a late one is 202 and goes on', async () => {
    const latch = new Latch();
    host.serve('a.gh', () => [{ ok: 1 }, 201], { answer: { ackWithinMs: 60_000 } });
    host.serve('b.gh', () => latch.pass({}), { answer: { ackWithinMs: 30 } });
    const { body } = await host.call(GLOBAL, json({}));
    expect(results(body)).toEqual(['a.gh 201', 'b.gh 202']);
    const [a, b] = body.data.results;
    expect(a.body).toEqual({ ok: 1 });
    expect(await host.receipt(b.body.id)).toMatchObject({ state: 'running' });
    latch.open();
    await host.receipt(b.body.id, ({ state }) => state === 'succeeded');
    expect((await receipts()).map(({ answer_status }) => answer_status)).toEqual([200]);
  });

  test('what one refuses is stored for the others only', async () => {
    const part = { answer: 'accept', fields: { name: { required: true } } } as const;
    host.serve('a.gh', () => 1, part);
    host.serve('b.gh', () => 1, { answer: 'accept' });
    host.serve('c.gh', () => 1, { answer: 'accept', access: 'operator' });
    const { status, body } = await host.call(GLOBAL, json({}));
    expect([status, results(body)]).toEqual([200, ['b.gh 202', 'a.gh 400', 'c.gh 401']]);
    expect(await jobs()).toHaveLength(1);
  });

  test('a body of a type that a listener does not take is refused for it alone, and stored for the others', async () => {
    for (const kind of ['auto', 'form', 'json', 'multipart', 'raw'] as const)
      host.put(`a.${kind}`, [
        endpoint('POST', '/gh', () => 1, {
          answer: 'accept',
          body: { kind },
          aliases: oldAddresses(`a.${kind}`, '/gh'),
        }),
      ]);
    expect(results((await host.call(GLOBAL, json({}))).body).sort()).toEqual([
      'a.auto 202',
      'a.form 415',
      'a.json 202',
      'a.multipart 415',
      'a.raw 202',
    ]);
    expect(results((await host.call(GLOBAL, json('{'))).body).sort()).toEqual([
      'a.auto 202',
      'a.form 415',
      'a.json 400',
      'a.multipart 415',
      'a.raw 202',
    ]);
    expect(await jobs()).toHaveLength(5);
    expect(await receipts()).toHaveLength(2);
  });

  test('what cannot be stored has run nowhere, and its sender comes again', async () => {
    let ran = 0;
    host.serve('a.gh', () => (ran += 1), { answer: 'accept' });
    host.serve('b.gh', () => (ran += 1));
    await host.store.close();
    const { status, headers, body } = await host.call(GLOBAL, json({}));
    expect([status, body.code, headers.get('retry-after')]).toEqual([
      503,
      'inbox/unavailable',
      expect.any(String),
    ]);
    expect(ran).toBe(0);
  });

  test('one that lasts holds up neither its own stop nor the next generation', async () => {
    const latch = new Latch();
    host.serve('a.gh', () => latch.pass(1), { answer: { ackWithinMs: 20 } });
    const before = host.table.get('a.gh')?.live;
    expect(results((await host.call(GLOBAL, json({}))).body)).toEqual(['a.gh 202']);
    latch.open();
    await succeeded(1);
    expect(await before?.retire(2_000, 'reload')).toMatchObject({ overdue: 0, failures: [] });
  });

  test('listeners that answer at once are recorded once, with what each answered', async () => {
    host.serve('a.gh', () => [{}, 201]);
    host.serve('b.gh', () => [{ message: 'no' }, 409]);
    expect((await host.call(GLOBAL, json({}))).status).toBe(200);
    const [row, ...others] = await eventually(receipts, (rows) => rows.length > 0);
    expect([others, row?.answer_status]).toEqual([[], 200]);
    expect(JSON.parse(row?.meta ?? '{}').remarks).toEqual([
      'the address is shared with b.gh',
      'answered: a.gh 201, b.gh 409',
    ]);
  });

  test('an operator’s replay runs it for each listener that stored it', async () => {
    const seen: string[] = [];
    for (const key of ['a.gh', 'b.gh']) host.serve(key, () => void seen.push(key), { answer: 'accept' });
    const { body } = await host.call(GLOBAL, json({}));
    await succeeded(2);
    await host.engine.desk.change('replay', { ids: [body.data.results[0].body.id] });
    await succeeded(4);
    expect(seen.sort()).toEqual(['a.gh', 'a.gh', 'b.gh', 'b.gh']);
  });
});
