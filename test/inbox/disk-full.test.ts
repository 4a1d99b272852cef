import { sql } from 'kysely';
import type { Answer } from '../http/gateway-under-test';
import { durable, startDurableHost, type DurableHost } from '../http/durable-host';
import { commit } from './conformance/operations';
import { until } from './engine-under-test';

let host: DurableHost;
let worked: string[];
beforeEach(async () => {
  worked = [];
  host = await startDurableHost();
  host.seat(
    'acme.ci',
    durable('accept', '/hook', (exchange) => void worked.push(exchange.headers.get('x-number') ?? '')),
    durable({ ackWithinMs: 5_000 }, '/quick', (exchange) => {
      worked.push(exchange.headers.get('x-number') ?? '');
      return { done: true };
    }),
  );
});
afterEach(() => host.close());

const pages = async (most: number | undefined): Promise<number> => {
  const pragma = sql.raw(most === undefined ? 'PRAGMA page_count' : `PRAGMA max_page_count = ${most}`);
  const { commands } = await commit(host.store, {
    commands: [{ statements: [pragma.compile(host.store.reader)] }],
  });
  const [result] = commands;
  if (result?.ok !== true) throw new Error('the pragma was refused');
  return Number(Object.values(result.results[0]?.rows[0] as object)[0]);
};
const send = (number: number, path = '/hook'): Promise<Answer> =>
  host.call(`/api/plugin/acme.ci${path}`, {
    method: 'POST',
    headers: { 'x-number': String(number) },
    body: Buffer.alloc(20_000, number % 250),
  });

test('a full disk: 503 with Retry-After, nothing acknowledged is lost, and with room again it goes on by itself', async () => {
  await pages((await pages(undefined)) + 120);
  const acknowledged: number[] = [];
  const refused: Answer[] = [];
  let number = 0;
  while (refused.length < 20) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        number += 1;
        const mine = number;
        return { mine, answer: await send(mine, mine % 4 === 0 ? '/quick' : '/hook') };
      }),
    );
    for (const { mine, answer } of answers)
      if (answer.status === 503) refused.push(answer);
      else acknowledged.push(mine);
  }
  for (const { headers, body } of refused) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(body).toMatchObject({ status: 503, code: 'inbox/unavailable' });
  }
  expect(acknowledged.length).toBeGreaterThan(5);

  await pages(1_000_000);
  const after = await until('a disk with room', async () => {
    number += 1;
    const answer = await send(number);
    return answer.status === 202 ? number : undefined;
  });
  const all = new Set([...acknowledged, after].map(String));
  await until('the work', () => [...all].every((one) => worked.includes(one)));
  const rows = await until('the settlements', async () => {
    const jobs = await host.store.reader.selectFrom('job').select(['state', 'attempt', 'crashes']).execute();
    return jobs.every(({ state }) => state === 4) ? jobs : undefined;
  });
  // What was refused left nothing behind.
  expect(rows).toHaveLength(all.size);
  expect(rows.every(({ crashes }) => crashes === 0)).toBe(true);
  expect(await host.store.reader.selectFrom('receipt').select('id').execute()).toHaveLength(all.size);
}, 60_000);
