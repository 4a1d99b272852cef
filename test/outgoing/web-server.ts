import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}
type Answer = (seen: Seen, response: ServerResponse, request: IncomingMessage) => unknown;

/** A real server that remembers what it was asked, and every connection. */
export interface WebServer {
  readonly port: number;
  readonly base: string;
  readonly seen: Seen[];
  connections: number;
  close(): Promise<void>;
}

const open = new Set<WebServer>();

export async function webServer(
  answer: Answer = (_seen, response) => response.end('hello'),
  where: { host?: string; port?: number; tls?: { key: string; cert: string } } = {},
): Promise<WebServer> {
  const { host = '127.0.0.1', tls } = where;
  const seen: Seen[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: await buffer(request) };
    seen.push(one);
    await answer(one, response, request);
  };
  const heed = (request: IncomingMessage, response: ServerResponse) =>
    void listener(request, response).catch(() => response.destroy());
  const server = tls === undefined ? http.createServer(heed) : https.createServer(tls, heed);
  await new Promise<void>((resolve) => server.listen(where.port ?? 0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const made: WebServer = {
    port,
    base: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    seen,
    connections: 0,
    close: async () => {
      open.delete(made);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', () => (made.connections += 1));
  open.add(made);
  return made;
}

export async function closeServers(): Promise<void> {
  await Promise.all([...open].map((server) => server.close()));
}
