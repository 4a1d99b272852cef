import type { IncomingMessage } from 'node:http';
import { holdsScope } from '../scopes';

/** Whom a request speaks for: the operator, or the holder of a token that the operator made. */
export interface Identity {
  /** Of the token; `operator` for the operator. */
  readonly name: string;
  /** What it may; the operator may everything. */
  readonly scopes: readonly string[];
  /** Of the user the token was made for. */
  readonly user?: string;
  readonly roles?: readonly string[];
  /** How it is known: by the operator's own socket, a token of the request, or a session of the console. */
  readonly via?: 'socket' | 'token' | 'console';
}

/** Decides whom a request speaks for. Constant-time; never logs what it was shown. */
export interface OperatorAuth {
  /** Whether it is the operator, or one with the scope `admin`. */
  allows(request: IncomingMessage): boolean;
  /** Undefined: nobody who is known. */
  identify(request: IncomingMessage): Identity | undefined;
  /**
   * Whoever is signed in at the console, by its cookie together with its token against forged requests. Apart from `identify`,
   * because a browser sends the cookie for any page: what plugins serve never asks this, but for `server` routes of apps.
   */
  session?(request: IncomingMessage): Identity | undefined;
}

/** The operator itself, by its own token or through its own socket. */
export const OPERATOR: Identity = Object.freeze({ name: 'operator', scopes: Object.freeze(['admin']) });

/** Whether a request speaks for one who holds a scope; the operator holds every one. */
export function mayAsk(auth: OperatorAuth, request: IncomingMessage, scope: string): boolean {
  const identity = auth.identify(request);
  return identity !== undefined && holdsScope(identity.scopes, scope);
}

const localConnections = new WeakSet<object>();

/** Marks a connection as having come through the operator's own Unix socket, which only the operator can open. */
export function markLocalOperator(socket: object): void {
  localConnections.add(socket);
}

/**
 * From now on the connection speaks for nobody: what comes on it was written elsewhere. False when it was not the operator's.
 */
export function disownConnection(socket: object): boolean {
  return localConnections.delete(socket);
}

/** True when the request came through the operator's own Unix socket. */
export function isLocalOperator(request: IncomingMessage): boolean {
  return localConnections.has(request.socket);
}
