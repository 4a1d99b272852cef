import type { IncomingMessage } from 'node:http';
import type { ConsoleSessions } from '../core/ports/console-sessions';
import { isLocalOperator, OPERATOR, type Identity, type OperatorAuth } from '../core/ports/operator-auth';
import type { Secret } from '../core/secret';

/** The operator by its own socket, and by its token. */
const BY_SOCKET: Identity = Object.freeze({ ...OPERATOR, via: 'socket' });
const BY_TOKEN: Identity = Object.freeze({ ...OPERATOR, via: 'token' });

/**
 * Knows the operator by its token as `Authorization: Bearer …` or by its own socket, and whoever else carries a token of
 * `tokens` the same way. Who is signed in at the console, `session` alone tells.
 */
export function createOperatorAuth(
  token: Secret,
  tokens?: { identify(text: string): Identity | undefined },
  sessions?: ConsoleSessions,
): OperatorAuth {
  const identify = (request: IncomingMessage): Identity | undefined => {
    if (isLocalOperator(request)) return BY_SOCKET;
    const given = bearerToken(request);
    if (given === undefined) return undefined;
    if (token.equals(given)) return BY_TOKEN;
    const holder = tokens?.identify(given);
    return holder && { ...holder, via: 'token' };
  };
  return {
    identify,
    allows: (request) => mayAll(identify(request)),
    session: (request) => sessions?.identify(request),
  };
}

const mayAll = (identity: Identity | undefined) => identity?.scopes.includes('admin') === true;

/** The credentials of the Bearer scheme, whose name is case-insensitive. @see RFC 9110 §11.1, RFC 6750 §2.1 */
function bearerToken(request: IncomingMessage): string | undefined {
  const { authorization = '' } = request.headers;
  const space = authorization.indexOf(' ');
  if (space === -1 || authorization.slice(0, space).toLowerCase() !== 'bearer') return undefined;
  const token = authorization.slice(space + 1).trim();
  return token === '' ? undefined : token;
}
