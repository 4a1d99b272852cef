import { connect, type Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import type { Endpoint } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import type { ServerSocket, SocketEnd, SocketLimits } from '../../src/core/server-socket';
import { endpoint } from './gateway-under-test';

/** Declares a WebSocket at a path. */
export function socket(
  path: string,
  handler: (socket: ServerSocket, exchange: Exchange) => unknown,
  limits: SocketLimits = {},
  more: Partial<Endpoint> = {},
): Endpoint {
  return endpoint('GET', path, () => undefined, { ...more, serve: { connect: handler, limits } });
}

/** A client of one connection, with everything that came over it. */
export class Client {
  readonly received: (string | Buffer)[] = [];
  readonly ended: Promise<SocketEnd>;
  readonly #waiting: { readonly count: number; readonly done: () => void }[] = [];

  constructor(readonly raw: WebSocket) {
    raw.on('error', () => undefined);
    raw.on('message', (data, isBinary) => {
      this.received.push(isBinary ? (data as Buffer) : (data as Buffer).toString());
      this.#look();
    });
    this.ended = new Promise((resolve) =>
      raw.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  /** Resolves once so many messages came. */
  until(count: number): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ count, done });
      this.#look();
    });
  }

  #look(): void {
    for (const { count, done } of this.#waiting) if (this.received.length >= count) done();
  }
}

/** Connects; rejects with what the server answered instead. */
export function dial(
  port: number,
  path: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<Client> {
  const raw = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options);
  const client = new Client(raw);
  return new Promise((resolve, reject) => {
    raw.once('open', () => resolve(client));
    raw.once('error', reject);
  });
}

export interface Refused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: any;
}

/** How a handshake is refused. */
export function refusalOf(port: number, path: string, options: ClientOptions = {}): Promise<Refused> {
  const raw = new WebSocket(`ws://127.0.0.1:${port}${path}`, [], options);
  return new Promise((resolve, reject) => {
    raw.once('open', () => reject(new Error('it was not refused')));
    raw.on('error', () => undefined);
    raw.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) }),
      );
    });
  });
}

/** The lines of a handshake; `more` are further headers. */
export function handshakeText(path: string, more: readonly string[] = []): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...more,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A connection whose bytes are ours to send, and everything that came over it. */
export interface RawPeer {
  readonly socket: Socket;
  readonly bytes: () => Buffer;
  readonly closed: Promise<void>;
}

/** Sends the lines of a handshake, and answers once its 101 is there. */
export async function rawPeer(port: number, path: string): Promise<RawPeer> {
  const peer = connect(port, '127.0.0.1');
  let received = Buffer.alloc(0);
  peer.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => peer.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    peer.once('close', () => reject(new Error(`closed after ${received.toString()}`)));
    peer.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end !== -1) resolve();
    });
    peer.write(handshakeText(path));
  });
  return { socket: peer, bytes: () => received.subarray(received.indexOf('\r\n\r\n') + 4), closed };
}

/** One frame as a client sends it: masked, here with zeros. @see RFC 6455 §5.2 */
export function frame(opcode: number, payload: Buffer | string, isLast = true): Buffer {
  const bytes = Buffer.from(payload);
  const mask = Buffer.alloc(4);
  const head =
    bytes.length < 126
      ? Buffer.from([(isLast ? 0x80 : 0) | opcode, 0x80 | bytes.length])
      : Buffer.from([(isLast ? 0x80 : 0) | opcode, 0x80 | 126, bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([head, mask, bytes]);
}
