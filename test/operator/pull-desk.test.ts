import type { Endpoint } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import type { PulledRequest } from '../../src/core/ports/pulls';
import { PullDesk, type PullDeskOptions } from '../../src/operator/pull-desk';
import { keyOf } from '../core/plain-mount';

const KEY = keyOf('acme.ci');
const endpoint = { kind: 'endpoint', method: 'POST', path: '/now', access: 'public' } as unknown as Endpoint;
const OWN = 'the own plugin';
const answer = { status: 201, headers: [], body: '' };

function exchangeOf(bytes = 2, signal = new AbortController().signal): Exchange {
  const verified = { scheme: 'github', secretId: 'x', at: 0, bodySigned: true };
  const more = {
    method: 'POST',
    url: '/api/plugin/acme.ci/now',
    headers: new Map(),
    raw: Buffer.alloc(bytes),
  };
  return { ...more, verified, signal, job: undefined } as unknown as Exchange;
}

/** A desk, and one who pulls from it. */
function pulling(options: PullDeskOptions = {}, isAllowed?: () => boolean) {
  const desk = new PullDesk({ host: 'host-1', waitMs: 60_000, ...options });
  const gone = new AbortController();
  const requests = desk.follow({}, gone.signal, isAllowed)[Symbol.asyncIterator]();
  let calls = 0;
  const own = () => {
    calls += 1;
    return OWN;
  };
  const offer = async (exchange = exchangeOf()): Promise<unknown> => desk.offer(KEY, endpoint, exchange, own);
  const next = async () => (await requests.next()).value as PulledRequest;
  return { desk, requests, next, offer, gone, calls: () => calls };
}

test('a request says which host it comes from', async () => {
  const { desk, next, offer } = pulling();
  const first = next();
  const answered = offer();
  const { id, host } = await first;
  expect(host).toBe('host-1');
  expect(await desk.answer(id, answer)).toBe(true);
  expect(await answered).toMatchObject({ status: 201 });
});

test('what is over before it was taken is handed to nobody, and not done for a sender who left', async () => {
  const { desk, next, offer, calls } = pulling();
  const first = next();
  const before = offer();
  await desk.answer((await first).id, answer);
  await before;
  const left = new AbortController();
  const over = offer(exchangeOf(2, left.signal));
  const after = offer();
  left.abort(new Error('the client left'));
  await expect(over).rejects.toThrow('the client left');
  const { id } = await next();
  expect(await desk.answer(id, answer)).toBe(true);
  await after;
  expect(calls()).toBe(0);
});

test('the queue of one who takes nothing is bounded by bytes', async () => {
  const { next, offer, calls, gone } = pulling();
  void next();
  const offered = Array.from({ length: 40 }, () => offer(exchangeOf(512 * 1024)));
  // Base64 of half a MiB is a little more than two thirds of one: 24 of them are a little too much.
  expect(calls()).toBe(40 - 23);
  gone.abort();
  await Promise.all(offered);
});

test('one who leaves three in a row unanswered is dropped, and told why', async () => {
  const { desk, requests, next, offer } = pulling({ waitMs: 5 });
  const first = next();
  for (let round = 0; round < 3; round += 1) expect(await offer()).toBe(OWN);
  await first;
  await expect(requests.next()).rejects.toMatchObject({ code: 'pulls/dropped' });
  expect(desk.isIdle).toBe(true);
});

test('one who declines is there, and stays', async () => {
  const { desk, next, offer } = pulling();
  for (let round = 0; round < 5; round += 1) {
    const request = next();
    const answered = offer();
    await desk.answer((await request).id, undefined);
    expect(await answered).toBe(OWN);
  }
  expect(desk.isIdle).toBe(false);
});

test('one whose token was revoked is handed nothing more, and delays nobody', async () => {
  let isAllowed = true;
  const { desk, requests, next, offer } = pulling({}, () => isAllowed);
  const first = next();
  const handed = offer();
  await first;
  isAllowed = false;
  expect(await offer()).toBe(OWN);
  expect(await handed).toBe(OWN);
  expect(await requests.next()).toEqual({ value: undefined, done: true });
  expect(desk.isIdle).toBe(true);
});

test('what was handed over before comes back by itself', async () => {
  let isAllowed = true;
  const { next, offer } = pulling({}, () => isAllowed);
  const first = next();
  const handed = offer();
  await first;
  isAllowed = false;
  expect(await handed).toBe(OWN);
});

test.each([
  ['a name', ['bad name', 'x']],
  ['a value', ['x-own', 'a\r\nset-cookie: x']],
])(
  'an answer with %s of a header that cannot be sent is refused, and the own plugin answers',
  async (_, pair) => {
    const { desk, next, offer } = pulling();
    const first = next();
    const answered = offer();
    const given = { ...answer, headers: [pair as [string, string]] };
    await expect(desk.answer((await first).id, given)).rejects.toMatchObject({ code: 'inbox/bad-request' });
    expect(await answered).toBe(OWN);
  },
);
