import type { IncomingMessage } from 'node:http';
import { isLocalOperator, OPERATOR, type Identity, type OperatorAuth } from '../core/ports/operator-auth';
import type { Secret } from '../core/secret';

/**
 * Knows the operator by its token as `Authorization: Bearer …` or by its own socket, and whoever else carries a token of
 * `tokens` the same way.
 */
export function createOperatorAuth(
  token: Secret,
  tokens?: { identify(text: string): Identity | undefined },
): OperatorAuth {
  const identify = (request: IncomingMessage): Identity | undefined => {
    if (isLocalOperator(request)) return OPERATOR;
    const given = bearerToken(request);
    if (given === undefined) return undefined;
    return token.equals(given) ? OPERATOR : tokens?.identify(given);
  };
  return {
    identify,
    allows: (request) => identify(request)?.scopes.includes('admin') === true,
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
