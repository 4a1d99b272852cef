import { codeOf, outgoingOf, releaseAll } from './outgoing-under-test';
import { closeServers, webServer } from './web-server';

afterEach(async () => {
  releaseAll();
  await closeServers();
});
const eventually = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('another attempt', () => {
  const failing = (times: number, status = 503, headers: Record<string, string> = {}) => {
    let left = times;
    return webServer((_seen, response) =>
      (left -= 1) >= 0 ? response.writeHead(status, headers).end() : response.end('at last'),
    );
  };

  test.each([429, 502, 503, 504])('is made after %d', async (status) => {
    const server = await failing(1, status);
    expect((await outgoingOf().http.get(server.base)).text()).toBe('at last');
    expect(server.seen).toHaveLength(2);
  });

  test('is made after a connection that was cut', async () => {
    let calls = 0;
    const server = await webServer((_seen, response) =>
      (calls += 1) === 1 ? response.destroy() : response.end('at last'),
    );
    expect((await outgoingOf().http.get(server.base)).text()).toBe('at last');
  });

  test('is not made after other answers, beyond `retries`, or of what is not idempotent', async () => {
    const { http } = outgoingOf();
    const other = await failing(9, 500);
    expect((await http.get(other.base)).status).toBe(500);
    expect(other.seen).toHaveLength(1);
    const server = await failing(9);
    expect((await http.get(server.base, { retries: 1 })).status).toBe(503);
    expect(server.seen).toHaveLength(2);
    const post = await failing(9);
    expect((await http.post(post.base, { body: 'x' })).status).toBe(503);
    expect(post.seen).toHaveLength(1);
  });

  test('is made of a POST with an Idempotency-Key, the same body again', async () => {
    const server = await failing(1);
    const headers = { 'Idempotency-Key': '"one"' };
    expect((await outgoingOf().http.post(server.base, { body: 'x', headers, retries: 1 })).ok).toBe(true);
    expect(server.seen.map(({ body }) => String(body))).toEqual(['x', 'x']);
  });

  test('waits as long as the answer asks, and is not made when there is no time for it', async () => {
    const { http } = outgoingOf();
    const soon = await failing(1, 503, { 'retry-after': '1' });
    const startedAt = performance.now();
    expect((await http.get(soon.base)).text()).toBe('at last');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
    for (const late of ['3600', new Date(Date.now() + 3_600_000).toUTCString()]) {
      const server = await failing(1, 429, { 'retry-after': late });
      expect((await http.get(server.base)).status).toBe(429);
      expect(server.seen).toHaveLength(1);
    }
  });
});

describe('an end', () => {
  const silent = () => webServer(() => new Promise(() => undefined));

  test('comes when the time is up: before the answer, within the body, between attempts', async () => {
    const slow = await silent();
    const dripping = await webServer((_seen, response) => void response.writeHead(200).write('drip'));
    const { http } = outgoingOf();
    await expect(http.get(`${slow.base}/?token=geheim`, { timeoutMs: 40 })).rejects.toMatchObject({
      code: 'outgoing/timeout',
      message: `GET ${slow.base} was not done within 40 ms; see whether it answers, or give a longer timeoutMs.`,
    });
    expect(await codeOf(http.get(dripping.base, { timeoutMs: 40 }))).toBe('outgoing/timeout');
  });

  test("comes with the author's signal, and is its reason", async () => {
    const server = await silent();
    const { http } = outgoingOf();
    const controller = new AbortController();
    const call = http.get(server.base, { signal: controller.signal });
    await eventually(() => server.seen.length === 1);
    controller.abort(new Error('no longer wanted'));
    await expect(call).rejects.toThrow('no longer wanted');
    await expect(http.get(server.base, { signal: controller.signal })).rejects.toThrow('no longer wanted');
    expect(server.seen).toHaveLength(1);
  });

  test('comes with the generation, for those under way, those that wait and those to come', async () => {
    const server = await silent();
    const { http, release } = outgoingOf();
    const calls = Array.from({ length: 40 }, () => codeOf(http.get(server.base)));
    await eventually(() => server.seen.length === 32);
    release();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['outgoing/closed']));
    expect(await codeOf(http.get(server.base))).toBe('outgoing/closed');
    await server.close();
    expect(server.seen).toHaveLength(32);
  });
});

describe('many at once', () => {
  test('are sent 32 at a time, the others in turn', async () => {
    const held: (() => void)[] = [];
    let inside = 0;
    let most = 0;
    const server = await webServer((_seen, response) => {
      most = Math.max(most, (inside += 1));
      held.push(() => response.end('x'));
    });
    const { http } = outgoingOf();
    const answers = Promise.all(Array.from({ length: 100 }, () => http.get(server.base)));
    for (const turn of [32, 32, 32, 4]) {
      await eventually(() => held.length === turn);
      inside = 0;
      for (const answer of held.splice(0)) answer();
    }
    expect((await answers).every(({ ok }) => ok)).toBe(true);
    expect([most, server.seen.length]).toEqual([32, 100]);
  });

  test('beyond a thousand that wait are turned away', async () => {
    const server = await webServer(() => new Promise(() => undefined));
    const { http, release } = outgoingOf();
    const calls = Array.from({ length: 1_032 }, () => codeOf(http.get(server.base)));
    expect(await codeOf(http.get(server.base))).toBe('outgoing/busy');
    release();
    await Promise.all(calls);
  });

  test('one that gives up waiting leaves the others their turns', async () => {
    const held: (() => void)[] = [];
    const server = await webServer((_seen, response) => void held.push(() => response.end('x')));
    const { http } = outgoingOf();
    const first = Array.from({ length: 32 }, () => http.get(server.base));
    await eventually(() => held.length === 32);
    const controller = new AbortController();
    const leaving = http.get(server.base, { signal: controller.signal }).catch((thrown: unknown) => thrown);
    const staying = http.get(server.base);
    controller.abort();
    expect(await leaving).toMatchObject({ name: 'AbortError' });
    for (const answer of held.splice(0)) answer();
    await Promise.all(first);
    await eventually(() => held.length === 1);
    held[0]?.();
    expect((await staying).ok).toBe(true);
  });
});
