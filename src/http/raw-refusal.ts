import type { Socket } from 'node:net';
import { HostError, type ErrorCode } from '../core/errors';
import { answeringOn, type GateRequest, type GateResponse } from './messages';
import { LINGER_MS, titleOf, toProblem } from './problem';
import { newRequestId, requestIdOf } from './request-head';

type RawCode = Extract<
  ErrorCode,
  `request/${'timeout' | 'malformed' | 'headers-too-large' | 'tunnel-refused'}`
>;

/** What was answered on a bare connection, for the access log. */
export interface RawRefusal {
  /** As sent; 499 when the client was gone before its turn came. */
  readonly status: number;
  readonly code: ErrorCode;
  readonly requestId: string;
  /** Length of the body sent. */
  readonly bytes: number;
  readonly ip: string;
  /** The head was read, but it asks for something that is not dispatched. */
  readonly request: GateRequest | undefined;
  /** The response of a dispatched request whose place the refusal took. */
  readonly response: GateResponse | undefined;
}
/** Told of each refusal, once. */
export type RefusalReport = (refusal: RawRefusal) => void;

const refused = new WeakSet<Socket>();

/** Refuses what Node's parser or clock found before there was a request to dispatch, or in the body of one. */
export function refuseClient(error: NodeJS.ErrnoException, socket: Socket, report: RefusalReport): void {
  const code = codeOf(error);
  // The connection itself broke: nobody is there to be told.
  if (code === undefined) socket.destroy();
  else refuseInTurn(socket, code, report);
}

/** Refuses CONNECT. Node has let go of the connection: its errors and its end are ours to watch. */
export function refuseTunnel(request: GateRequest, socket: Socket, report: RefusalReport): void {
  socket.on('error', () => socket.destroy());
  socket.once('end', () => socket.end());
  socket.resume();
  refuseInTurn(socket, 'request/tunnel-refused', report, request);
}

function codeOf({ code }: NodeJS.ErrnoException): RawCode | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request/timeout';
  if (code === 'HPE_HEADER_OVERFLOW') return 'request/headers-too-large';
  return code?.startsWith('HPE_') === true ? 'request/malformed' : undefined;
}

/** Once per connection: whatever else arrives on it is not looked at. */
function refuseInTurn(socket: Socket, code: RawCode, report: RefusalReport, request?: GateRequest): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  // Now, because a connection that is gone no longer knows its peer.
  const ip = request?.clientIp ?? socket.remoteAddress ?? '';
  const take = () => {
    const owner = answeringOn(socket);
    // An answer to a whole request stands before this one on the connection (RFC 9112 §9.3.2): it is sent whole.
    if (owner?.req.complete === true && !owner.isOver) {
      owner.once('close', take);
      return;
    }
    const response = owner?.req.complete === true ? undefined : owner;
    if (response?.headersSent === true) {
      // Anything written now would be read as part of the answer that has begun; that answer's own line tells of it.
      socket.destroy();
      return;
    }
    // What follows an answer that closes the connection is no request (RFC 9112 §9.6).
    if (socket.writableEnded && !socket.destroyed) return;
    const asked = response?.req ?? request;
    const requestId = asked === undefined ? newRequestId() : asked.requestId || requestIdOf(asked);
    const sent = socket.writable ? writeRefusal(socket, code, requestId) : { status: 499, bytes: 0 };
    report({ ...sent, code, requestId, ip, request, response });
  };
  take();
}

function writeRefusal(
  socket: Socket,
  code: RawCode,
  requestId: string,
): Pick<RawRefusal, 'status' | 'bytes'> {
  const { status, detail } = toProblem(new HostError(code, []));
  const title = titleOf(status);
  const type = `urn:gatehouse:error:${code}`;
  const body = JSON.stringify({ type, title, status, detail, code, requestId });
  const bytes = Buffer.byteLength(body);
  const allow = status === 405 ? 'allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n' : '';
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\n${allow}content-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${bytes}\r\nx-request-id: ${requestId}\r\nconnection: close\r\n\r\n${body}`,
  );
  // Time to read the answer, but no more: a client that never closes its side would hold the connection for ever.
  const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(linger));
  return { status, bytes };
}
