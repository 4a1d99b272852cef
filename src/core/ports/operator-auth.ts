import type { IncomingMessage } from 'node:http';

/** Decides whether a request speaks for the operator. Constant-time; never logs what it was shown. */
export interface OperatorAuth {
  allows(request: IncomingMessage): boolean;
}

const localConnections = new WeakSet<object>();

/** Marks a connection as having come through the operator's own Unix socket, which only the operator can open. */
export function markLocalOperator(socket: object): void {
  localConnections.add(socket);
}

/** True when the request came through the operator's own Unix socket. */
export function isLocalOperator(request: IncomingMessage): boolean {
  return localConnections.has(request.socket);
}
