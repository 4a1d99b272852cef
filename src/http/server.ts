import http from 'node:http';
import { chmod } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { HostError } from '../core/errors';
import { markLocalOperator } from '../core/ports/operator-auth';
import type { Settings } from '../core/settings';
import { answeringOn, type GateRequest, type GateResponse, type MessageClasses } from './messages';
import { refuseClient, refuseTunnel, type RawRefusal } from './raw-refusal';
import { takeConnection } from './socket-upgrade';

const KEEP_ALIVE_MS = 72_000;
const MOST_HEADER_BYTES = 16_384;
const LONGEST_SOCKET_PATH = 107;
const POLL_MS = 25;
const HEAD_GRACE_MS = 1_000;
const socketsOf = new WeakMap<object, Set<Socket>>();

interface Receiver {
  /** With `refusal`, what the request is answered with instead of being dispatched. */
  handle(request: GateRequest, response: GateResponse, refusal?: HostError): void;
  /** Something was refused on a bare connection instead of being dispatched, or in the place of what was. */
  refused(refusal: RawRefusal): void;
  /** A connection could not be accepted; the server goes on. */
  failed(error: Error): void;
}
type GateServer = http.Server<typeof GateRequest, typeof GateResponse>;

/** The sockets a gateway listens on: one for everybody, and the operator's own. */
export class Listeners {
  readonly server: http.Server;
  readonly #create: () => GateServer;
  readonly #local: GateServer[] = [];

  constructor(classes: MessageClasses, settings: Pick<Settings, 'limits' | 'timeouts'>, receiver: Receiver) {
    this.#create = () => createServer(classes, settings, receiver);
    this.server = this.#create() as unknown as http.Server;
  }

  async listen(port: number, host: string): Promise<number> {
    await startListening(this.server, { port, host }, `${host}:${port}`);
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async listenSocket(path: string): Promise<void> {
    if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH)
      throw new HostError('host/socket-path-too-long', [path, LONGEST_SOCKET_PATH]);
    const server = this.#create();
    server.on('connection', markLocalOperator);
    // The socket is the owner's from its first moment: `listen` makes it synchronously, under this mask.
    const mask = process.umask(0o177);
    const listening = startListening(server as unknown as http.Server, { path }, path);
    process.umask(mask);
    await listening;
    await chmod(path, 0o600);
    this.#local.push(server);
  }

  async close(stopMs: number): Promise<void> {
    const servers = [this.server, ...(this.#local as unknown as http.Server[])];
    await Promise.all(servers.map((server) => closeServer(server, stopMs)));
  }
}

function createServer(
  classes: MessageClasses,
  { limits, timeouts }: Pick<Settings, 'limits' | 'timeouts'>,
  receiver: Receiver,
): GateServer {
  const handle = (request: GateRequest, response: GateResponse) => receiver.handle(request, response);
  const { requestMs } = timeouts;
  const headersMs = requestMs > 0 ? Math.min(timeouts.headersMs, requestMs) : timeouts.headersMs;
  const server = http.createServer(
    {
      ...classes,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MOST_HEADER_BYTES + limits.urlBytes,
      // Node's own refusal is an empty one; the receiver's says what is wrong.
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(5_000, Math.max(50, Math.floor(headersMs / 4))),
    },
    handle,
  );
  server.on('checkContinue', (request, response) => {
    request.awaitsContinue = true;
    handle(request, response);
  });
  server.on('checkExpectation', (request, response) =>
    receiver.handle(request, response, new HostError('request/expectation-refused', [])),
  );
  const sockets = new Set<Socket>();
  socketsOf.set(server, sockets);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const refused = (refusal: RawRefusal) => receiver.refused(refusal);
  server.on('clientError', (error, socket) => refuseClient(error, socket as Socket, refused));
  server.on('error', (error) => {
    if (server.listening) receiver.failed(error);
  });
  server.on('upgrade', (request, socket, head) => {
    const response = new classes.ServerResponse(request);
    takeConnection(response, socket as Socket);
    request.handshake = { socket: socket as Socket, head };
    handle(request, response);
  });
  server.on('connect', (request, socket) => refuseTunnel(request, socket as Socket, refused));
  return server;
}

function startListening(server: http.Server, where: object, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? new HostError('host/address-in-use', [name], { cause }) : cause);
    server.once('error', failed);
    server.listen(where, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

/**
 * A connection becomes idle only when its answer ends, so idle ones are looked for until none is left. One that never
 * sent a byte, or has had a moment to finish the head of its request, is not idle to Node: it is cut here.
 */
function closeServer(server: http.Server, stopMs: number): Promise<void> {
  if (!server.listening) return Promise.resolve();
  const sockets = socketsOf.get(server) ?? new Set();
  const graceUntil = Date.now() + HEAD_GRACE_MS;
  const closeIdle = () => {
    server.closeIdleConnections();
    for (const socket of sockets)
      if (answeringOn(socket) === undefined && (socket.bytesRead === 0 || Date.now() > graceUntil))
        socket.destroy();
  };
  return new Promise((resolve) => {
    const poll = setInterval(closeIdle, POLL_MS);
    const deadline = setTimeout(() => {
      server.closeAllConnections();
      // Those that left HTTP are no longer the server's to close.
      for (const socket of sockets) socket.destroy();
    }, stopMs);
    server.close(() => {
      clearInterval(poll);
      clearTimeout(deadline);
      resolve();
    });
    closeIdle();
  });
}
