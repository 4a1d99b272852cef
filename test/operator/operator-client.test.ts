import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Secret } from '../../src/core/secret';
import { connectOperator } from '../../src/operator/operator-client';
import { startOperatorHost } from './operator-host';

const token = new Secret('wrong-token-of-a-test');

async function answering(listener: http.RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test.each([
  ['no socket is there', { socketPath: path.join(tmpdir(), 'gatehouse-no-such.sock') }, 'ENOENT'],
  ['nobody listens', { url: 'http://127.0.0.1:1', token }, 'ECONNREFUSED'],
  ['the address is none', { url: 'nonsense', token }, 'ERR_INVALID_URL'],
  ['the scheme is none of HTTP', { url: 'ftp://127.0.0.1:1', token }, 'ERR_INVALID_PROTOCOL'],
])('a host is unreachable when %s, and the reason is told', async (_, address, reason) => {
  const asked = connectOperator(address).plugins();
  await expect(asked).rejects.toMatchObject({
    code: 'operator/unreachable',
    message: expect.stringContaining(reason),
  });
});

test('a host that hangs up is unreachable', async () => {
  await answering(
    (request) => request.socket.destroy(),
    async (url) => {
      await expect(connectOperator({ url, token }).plugins()).rejects.toMatchObject({
        code: 'operator/unreachable',
      });
    },
  );
});

test('a proxy with no host behind it is told apart from a host', async () => {
  await answering(
    (_request, response) => response.writeHead(502).end('<html>Bad Gateway</html>'),
    async (url) => {
      await expect(connectOperator({ url, token }).plugins()).rejects.toMatchObject({
        code: 'operator/unreachable',
        message: expect.stringMatching(/answers 502\); .* no host behind it/),
      });
    },
  );
});

test('a refused token is told apart and never repeated', async () => {
  const host = await startOperatorHost();
  try {
    const asked = connectOperator({ url: host.url, token }).plugins();
    await expect(asked).rejects.toMatchObject({ code: 'operator/token-refused' });
    await expect(asked).rejects.not.toThrow(token.reveal());
  } finally {
    await host.close();
  }
});

test.each([
  ['an error of another server', 500, '<html>Internal Server Error</html>'],
  ['a problem', 503, '{"detail":"The host is shutting down."}'],
  ['a redirect, which would carry the token elsewhere', 307, ''],
  ['a page that is not the operator API', 200, '<html>'],
])('%s is an unexpected answer', async (_, status, body) => {
  await answering(
    (_request, response) => response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body),
    async (url) => {
      await expect(connectOperator({ url, token }).plugins()).rejects.toMatchObject({
        code: 'operator/unexpected-answer',
      });
    },
  );
});

test('a path in the address is kept: the host may stand behind a proxy that strips it', async () => {
  const seen: (string | undefined)[] = [];
  await answering(
    (request, response) => {
      seen.push(request.url, request.headers.authorization);
      response.end('{"plugins":[]}');
    },
    async (url) => {
      expect(await connectOperator({ url: `${url}/gate/`, token }).plugins()).toEqual([]);
    },
  );
  expect(seen).toEqual(['/gate/api/operator/plugins', `Bearer ${token.reveal()}`]);
});
