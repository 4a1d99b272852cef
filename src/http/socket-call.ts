import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { callFor } from '../core/actor';
import { HostError } from '../core/errors';
import { isThenable } from './awaited';
import { NO_BYTES } from './body';
import { endWith, responseOutlet, startDeadline } from './endpoint-call';
import type { Gate } from './gate';
import { admitExchange } from './guarded-call';
import { passGuard } from './judged-exchange';
import { mappedError } from './mapped-errors';
import type { GateRequest, GateResponse } from './messages';
import { passesMiddleware } from './middleware';
import { notReadyError } from './refused-resolution';
import { untilBegun } from './prelude-time';
import { SocketConnection } from './socket-connection';
import type { SocketExchange } from './socket-exchange';
import { checkOrigin } from './socket-origin';
import { nameOf, type TargetSocket } from './target';

/** A handshake's connection, and what of it was read with the head. */
export interface Handshake {
  readonly socket: Socket;
  readonly head: Buffer;
}

/**
 * Serves a WebSocket: the handshake is judged as any request, and refused as one; with its 101 the handler gets the
 * connection.
 */
export function callSocket(gate: Gate, exchange: SocketExchange, handshake: Handshake): void {
  // The lease is held while it is judged, whether or not the client stays.
  exchange.isPending = true;
  startDeadline(exchange, gate.deadlines, untilBegun(responseOutlet));
  open(gate, exchange, handshake)
    .catch((thrown: unknown) => endWith(exchange, responseOutlet, thrown))
    .finally(() => {
      gate.deadlines.remove(exchange);
      if (exchange.connection === undefined) exchange.settled();
    });
}

async function open(gate: Gate, exchange: SocketExchange, handshake: Handshake): Promise<void> {
  const { request, target } = exchange;
  // As it came: what is the connection's own is taken from a request that middleware sees.
  const asked = Object.create(request, { headers: { value: { ...request.headers } } }) as GateRequest;
  checkHandshake(request);
  checkOrigin(request, target, gate.parts.settings.publicUrl);
  exchange.takeBytes(NO_BYTES);
  if (target.isGuarded) {
    await admitExchange(gate, exchange, responseOutlet);
    if (!(await passGuard(gate, exchange, responseOutlet))) return;
  }
  if (!(await passesMiddleware(exchange))) return;
  await target.typed?.complete(exchange);
  if (exchange.isAnswered || exchange.isClosed) return;
  if (gate.isStopping) throw new HostError('host/stopping', [], { headers: { 'retry-after': '5' } });
  if (exchange.live.signal.aborted) throw notReadyError(exchange.key);
  switchProtocols(gate, exchange, asked, handshake);
}

const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** @throws request/bad-handshake, request/upgrade-required @see RFC 6455 §4.2.1, §4.4 */
function checkHandshake({ headers }: GateRequest): void {
  if (headers['sec-websocket-version'] !== '13')
    throw new HostError('request/upgrade-required', [], { headers: { 'sec-websocket-version': '13' } });
  if (!KEY.test(headers['sec-websocket-key'] ?? ''))
    throw new HostError('request/bad-handshake', ['Sec-WebSocket-Key is not 16 bytes as base64']);
}

function switchProtocols(
  gate: Gate,
  exchange: SocketExchange,
  asked: GateRequest,
  { socket, head }: Handshake,
): void {
  const { request, response, target } = exchange;
  const limits = target.socket as TargetSocket;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    handleProtocols: (names) => [...names].find((name) => limits.protocols.includes(name)) ?? false,
  });
  server.on('wsClientError', (error) =>
    responseOutlet.fail(exchange, new HostError('request/bad-handshake', [error.message])),
  );
  server.on('headers', (lines) => lines.push(...linesOf(request, response)));
  server.handleUpgrade(asked, socket, head, (webSocket) => connect(gate, exchange, webSocket, limits));
}

/** What middleware and the gate put on the answer, as lines of the 101. */
function linesOf(request: GateRequest, response: GateResponse): string[] {
  response.setHeader('x-request-id', request.requestId);
  response.withhold();
  return Object.entries(response.getHeaders()).flatMap(([name, value]) =>
    OF_THE_HANDSHAKE.test(name) ? [] : [value ?? []].flat().map((one) => `${name}: ${String(one)}`),
  );
}
const OF_THE_HANDSHAKE = /^(?:connection|upgrade|content-|transfer-|sec-websocket-)/;

function connect(gate: Gate, exchange: SocketExchange, webSocket: WebSocket, limits: TargetSocket): void {
  const { live, requestId, target } = exchange;
  const connection = new SocketConnection(webSocket, {
    live,
    requestId,
    limits,
    name: nameOf(target.endpoint),
    signal: () => exchange.signal,
    mapped: (thrown) => mappedError(target.endpoint, live.actor, thrown),
    over: () => {
      gate.sockets.delete(exchange);
      exchange.connectionOver();
    },
  });
  exchange.connection = connection;
  exchange.isAnswered = true;
  exchange.response.isSwitched = true;
  gate.sockets.add(exchange);
  runHandler(exchange, connection, limits.connect);
}

function runHandler(
  exchange: SocketExchange,
  connection: SocketConnection,
  handler: TargetSocket['connect'],
): void {
  const through = () => {
    connection.handled();
    exchange.settled();
  };
  const failed = (thrown: unknown) => {
    connection.fail(thrown);
    through();
  };
  try {
    const given = exchange.typed?.given ?? exchange;
    const result = callFor(exchange.live.actor, handler, connection, given);
    if (isThenable(result)) Promise.resolve(result).then(through, failed);
    else through();
  } catch (thrown) {
    failed(thrown);
  }
}
