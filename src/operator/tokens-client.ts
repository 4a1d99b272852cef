import { HostError } from '../core/errors';
import { Secret } from '../core/secret';
import { listIn, type OperatorConnection } from './operator-connection';
import type { TokenInfo, TokensDesk } from './tokens';

/** The tokens of a host in another process: every verb as one request. */
export function connectTokens({ where, read }: OperatorConnection): TokensDesk {
  return {
    list: async () => listIn<TokenInfo>(await read('GET', 'tokens'), 'tokens', where),
    create: async (request) => {
      const { value, ...token } = await read('POST', 'tokens', request);
      if (typeof value !== 'string')
        throw new HostError('operator/unexpected-answer', [where, 200, 'it tells no token']);
      return { token: token as unknown as TokenInfo, value: new Secret(value) };
    },
    revoke: async (name) => (await read('DELETE', `tokens/${encodeURIComponent(name)}`))['revoked'] === true,
  };
}
