import type { IncomingMessage } from 'node:http';
import { isLocalOperator, type OperatorAuth } from '../core/ports/operator-auth';
import type { Secret } from '../core/secret';

/** Allows what carries the token as `Authorization: Bearer …`, and whatever came through the operator's own socket. */
export function createOperatorAuth(token: Secret): OperatorAuth {
  return {
    allows(request) {
      if (isLocalOperator(request)) return true;
      const given = bearerToken(request);
      return given !== undefined && token.equals(given);
    },
  };
}

/** The credentials of the Bearer scheme, whose name is case-insensitive. @see RFC 9110 §11.1, RFC 6750 §2.1 */
function bearerToken(request: IncomingMessage): string | undefined {
  const { authorization = '' } = request.headers;
  const space = authorization.indexOf(' ');
  if (space === -1 || authorization.slice(0, space).toLowerCase() !== 'bearer') return undefined;
  const token = authorization.slice(space + 1).trim();
  return token === '' ? undefined : token;
}
