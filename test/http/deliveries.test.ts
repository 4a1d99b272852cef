import type { StoredRequest } from '../../src/core/ports/inbox';
import { createDeliveries } from '../../src/http/deliveries';
import { endpoint, keyOf } from './gateway-under-test';

const MiB = 2 ** 20;
const settings = {
  limits: {
    bodyBytes: MiB,
    storedBodyBytes: MiB,
    jsonBytes: MiB,
    jsonValues: 250_000,
    fileBytes: MiB,
    files: 5,
    urlBytes: 8_192,
    messageBytes: MiB,
  },
  timeouts: { handlerMs: 1_000, drainMs: 1, stopMs: 1, startMs: 1, headersMs: 1, requestMs: 1 },
};
const request: StoredRequest = {
  receivedAt: 5,
  method: 'POST',
  target: '/api/plugin/acme.ci/in/a%20b?x=1',
  baseUrl: '/api/plugin/acme.ci',
  path: '/in/a%20b',
  params: { id: 'a b' },
  headers: ['Content-Type', 'application/x-www-form-urlencoded', 'X-Sign', 'ok', 'x-sign', 'too'],
  ip: '192.0.2.7',
  requestId: 'r-1',
  verified: undefined,
  body: Buffer.from('name=Ada&name=Bob'),
};

describe('a stored request that is judged again', () => {
  const { read } = createDeliveries(settings);
  const again = () =>
    read(
      keyOf('acme.ci'),
      endpoint('POST', '/in/:id', () => undefined),
      request,
    );

  test('is what it was when it came', () => {
    const { key, method, url, path, baseUrl, params, query, headers, raw, ip, requestId, fields, form } =
      again();
    expect({ key, method, url, path, baseUrl, params, ip, requestId }).toEqual({
      key: 'acme.ci',
      method: 'POST',
      url: request.target,
      path: request.path,
      baseUrl: request.baseUrl,
      params: request.params,
      ip: '192.0.2.7',
      requestId: 'r-1',
    });
    expect(query).toEqual({ x: '1' });
    expect(headers.getAll('x-sign')).toEqual(['ok', 'too']);
    expect(raw.toString()).toBe('name=Ada&name=Bob');
    expect(fields).toEqual({ name: ['Ada', 'Bob'] });
    expect(form()).toEqual(fields);
  });

  test('belongs to no receipt and no job, and neither works nor answers', () => {
    const exchange = again();
    expect([exchange.receiptId, exchange.job, exchange.replayOf, exchange.signal.aborted]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
    for (const use of [() => exchange.background, () => exchange.respond])
      expect(use).toThrow(expect.objectContaining({ code: 'endpoint/only-read' }));
    expect(() => exchange.stream).toThrow(expect.objectContaining({ code: 'body/not-a-stream' }));
  });
});
