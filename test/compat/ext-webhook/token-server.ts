import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenServer {
  readonly url: string;
  /** Of each exchange, in order. */
  readonly exchanges: Readonly<Record<string, string>>[];
  close(): Promise<void>;
}

export interface TokenServerOptions {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * A server for the authorization code flow (RFC 6749 §4.1): whoever comes to `/authorize` agrees and is sent back, and a code
 * counts once, with the redirect address it was given for.
 */
export async function startTokenServer({ clientId, clientSecret }: TokenServerOptions): Promise<TokenServer> {
  const codes = new Map<string, string>();
  const exchanges: Readonly<Record<string, string>>[] = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      const code = `code-${codes.size + 1}`;
      codes.set(code, back.href);
      back.searchParams.set('code', code);
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(text));
      exchanges.push(form);
      const known = codes.get(form['code'] ?? '');
      codes.delete(form['code'] ?? '');
      const isTaken =
        url.pathname === '/api/token' &&
        request.headers['content-type'] === 'application/x-www-form-urlencoded' &&
        form['grant_type'] === 'authorization_code' &&
        form['client_id'] === clientId &&
        form['client_secret'] === clientSecret &&
        form['redirect_uri'] === known;
      response
        .writeHead(isTaken ? 200 : 400, { 'content-type': 'application/json' })
        .end(
          JSON.stringify(isTaken ? { refresh_token: `refresh-${form['code']}` } : { error: 'invalid_grant' }),
        );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
