import http from 'node:http';
import { gzipSync } from 'node:zlib';
import type { BodyPolicy, Endpoint } from '../../src/core/declaration';
import type { Exchange, UploadProgress } from '../../src/core/exchange';
import { D, formOf, postForm, startForForms, TYPE } from './form-under-test';
import { durable, startDurableHost } from './durable-host';
import { endpoint, type GatewayUnderTest } from './gateway-under-test';
import { GITHUB, githubHeaders, guardsOn } from './guards-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startForForms();
});
afterEach(() => host.close());

type Told = Pick<BodyPolicy, 'onProgress'>;
const kinds = ['parts', 'multipart', 'auto'] as const;
const serve = (kind: BodyPolicy['kind'], { onProgress }: Told, more: Partial<Endpoint> = {}) =>
  host.seat(
    'acme.demo',
    endpoint('POST', '/:room', take, { body: { kind, ...(onProgress && { onProgress }) }, ...more }),
  );
/** Reads whatever there is. */
const take = async (exchange: Exchange) => {
  if (Object.keys(exchange.files).length > 0) return 'in';
  for await (const part of exchange.parts()) for await (const _chunk of part.stream) continue;
  return 'in';
};
const body = formOf(['f', Buffer.alloc(150_000), 'f'], ['n', 'x']);
const post = (bytes: Buffer = body, headers: Record<string, string> = {}) =>
  host.call(`${D}/one`, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': TYPE, ...headers },
  });

describe.each(kinds)('progress of a form read as %s', (kind) => {
  test('ends with all of it, told before the handler is through', async () => {
    const told: UploadProgress[] = [];
    const rooms = new Set<string>();
    serve(kind, {
      onProgress: (progress, { params }) => {
        told.push(progress);
        rooms.add(params['room'] ?? '');
      },
    });
    expect((await post()).body).toBe('in');
    expect(told.at(-1)).toEqual({ receivedBytes: body.length, totalBytes: body.length });
    expect(told.filter(({ receivedBytes }) => receivedBytes === body.length)).toHaveLength(1);
    expect([...rooms]).toEqual(['one']);
  });

  test('counts bytes of the wire, and says no total where the sender says none', async () => {
    const told: UploadProgress[] = [];
    serve(kind, { onProgress: (progress) => told.push(progress) });
    const zipped = gzipSync(body);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': TYPE, 'content-encoding': 'gzip' };
      const request = http.request(`${host.base}${D}/one`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.write(zipped.subarray(0, 30), () => setTimeout(() => request.end(zipped.subarray(30)), 20));
    });
    expect(status).toBe(200);
    expect(told[0]).toEqual({ receivedBytes: 30, totalBytes: undefined });
    expect(told.at(-1)).toEqual({ receivedBytes: zipped.length, totalBytes: zipped.length });
  });

  test('grows, and is not told of every chunk', async () => {
    const told: number[] = [];
    serve(kind, { onProgress: ({ receivedBytes }) => told.push(receivedBytes) });
    await new Promise<void>((resolve, reject) => {
      const headers = { 'content-type': TYPE, 'content-length': body.length };
      const request = http.request(`${host.base}${D}/one`, { method: 'POST', headers }, (response) => {
        response.resume().on('end', resolve);
      });
      request.on('error', reject);
      request.setNoDelay(true);
      const step = (at: number) => {
        if (at >= body.length) request.end();
        else request.write(body.subarray(at, at + 1_000), () => setImmediate(() => step(at + 1_000)));
      };
      step(0);
    });
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told.length).toBeLessThan(75);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  test.each<[string, () => unknown]>([
    ['throws', () => JSON.parse('{')],
    ['rejects', () => Promise.reject(new SyntaxError('JSON'))],
  ])('that %s is logged once and not asked again; the upload goes on', async (_name, fail) => {
    let calls = 0;
    serve(kind, {
      onProgress: () => {
        calls += 1;
        return fail() as undefined;
      },
    });
    expect((await post()).body).toBe('in');
    const lines = host.log.filter((line) => line.message.includes('onProgress of POST /:room failed'));
    expect(lines).toHaveLength(1);
    expect(calls).toBeLessThan(3);
  });

  test('does not end for a form that is refused', async () => {
    const told: UploadProgress[] = [];
    serve(kind, { onProgress: (progress) => told.push(progress) });
    const large = formOf(['f', Buffer.alloc(2_000_000), 'f']);
    expect((await post(large)).status).toBe(413);
    expect(told.filter(({ receivedBytes }) => receivedBytes === large.length)).toEqual([]);
  });
});

describe('progress of a form that is read whole first', () => {
  test('is told where it is stored, and nowhere before the body was judged', async () => {
    const durableHost = await startDurableHost({ guards: guardsOn() });
    try {
      const told: UploadProgress[] = [];
      const onProgress = (progress: UploadProgress) => told.push(progress);
      const kept: BodyPolicy = { kind: 'multipart', onProgress };
      durableHost.seat(
        'acme.demo',
        durable('accept', '/kept', () => 'in', { body: kept }),
        endpoint('POST', '/signed', () => 'in', { body: kept, ...GITHUB }),
      );
      const to = (path: string, headers: Record<string, string>) =>
        durableHost.call(D + path, {
          method: 'POST',
          body: new Uint8Array(body),
          headers: { 'content-type': TYPE, ...headers },
        });
      expect((await to('/signed', githubHeaders(body))).status).toBe(200);
      expect(told).toEqual([]);
      expect((await to('/kept', {})).status).toBe(202);
      expect(told.at(-1)).toEqual({ receivedBytes: body.length, totalBytes: body.length });
    } finally {
      await durableHost.close();
    }
  });
});

test('bodies that are no form have no progress', async () => {
  let calls = 0;
  host.seat(
    'acme.demo',
    endpoint('POST', '/', ({ text }) => text(), { body: { kind: 'auto', onProgress: () => (calls += 1) } }),
  );
  expect((await postForm(host, Buffer.from('x'), { 'content-type': 'text/plain' })).body).toBe('x');
  expect(calls).toBe(0);
});
