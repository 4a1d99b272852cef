import express from 'express';
import { router, sendRaw, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
let seen: string[];
beforeEach(async () => {
  seen = [];
  host = await startGateway();
  const build = (made: express.Router) => {
    made.post('/text', express.text({ limit: '1mb' }), (request, response) => {
      seen.push(String(request.body));
      response.json({ length: String(request.body).length });
    });
    made.post('/stream', (request, response) => {
      request.on('data', () => undefined);
      request.on('end', () => {
        seen.push('ended');
        response.end('read');
      });
    });
  };
  host.seat('acme.demo', router('/', build, { body: { kind: 'stream', limitBytes: 100 } }));
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const post = (path: string, body: string) =>
  host.call(D + path, { method: 'POST', body, headers: { 'content-type': 'text/plain' } });
const chunked = (path: string, chunk: string, count: number) =>
  sendRaw(
    host.port,
    `POST ${D}${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(count) +
      '0\r\n\r\n',
    '}',
  );

describe('a Router mounted with a body limit', () => {
  test('reads bodies up to it, one after another', async () => {
    expect((await post('/text', 'x'.repeat(100))).body).toEqual({ length: 100 });
    expect((await post('/text', 'x'.repeat(100))).body).toEqual({ length: 100 });
  });

  test('is not entered with a larger one that says so', async () => {
    expect((await post('/text', 'x'.repeat(101))).body).toMatchObject({
      status: 413,
      code: 'body/too-large',
    });
    expect(seen).toEqual([]);
  });

  test.each(['/text', '/stream'])(
    'never sees the end of a larger one that does not say so at %s',
    async (path) => {
      const answer = await chunked(path, 'x'.repeat(60), 2);
      expect(answer).toContain('HTTP/1.1 413');
      expect(answer).toContain('"code":"body/too-large"');
      expect(seen).toEqual([]);
      expect((await post('/text', 'next')).status).toBe(200);
    },
  );
});
