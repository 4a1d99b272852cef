import { createHmac } from 'node:crypto';
import winston from 'winston';
import { systemClock } from '../../src/core/clock';
import type { Guards } from '../../src/core/ports/guards';
import type { RefusedRequest } from '../../src/core/ports/quarantine';
import { createGuards } from '../../src/signatures/guards/create-guards';

export const SECRET = 'the secret of the tests';
/** Opens endpoints with signed addresses. */
export const TICKET = 'ticket-of-the-tests';

/** The values by name; a change counts at once. */
export type SecretValues = Record<string, string | string[]>;

/** The host's own guards on secrets that the test holds. */
export function guardsOn(
  values: SecretValues = { KEY: SECRET },
  { publicUrl }: { publicUrl?: string } = {},
): Guards {
  return createGuards({
    secrets: {
      live: (_plugin, name) =>
        [values[name] ?? []].flat().map((value, index) => ({ id: `${name}-${index}`, value })),
      propose: async () => undefined,
    },
    signedUrls: {
      check: (_plugin, _path, token) => (token === TICKET ? 'url-1' : undefined),
      current: () => TICKET,
    },
    clock: systemClock,
    logger: winston.createLogger({ silent: true }),
    settings: { publicUrl, allowFrom: [], pluginAllowFrom: () => [] },
    fetchText: async () => Promise.reject(new Error('nothing is fetched in these tests')),
  });
}

/** As GitHub signs. */
export function githubHeaders(body: string | Buffer, key = SECRET): Record<string, string> {
  return { 'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` };
}

/** Of an endpoint whose sender signs as GitHub does. */
export const GITHUB = { access: { signature: 'github', secret: 'KEY' } } as const;

/** Where refused requests go that a test looks at. */
export function quarantine() {
  const kept: RefusedRequest[] = [];
  return { kept, refused: (refused: RefusedRequest) => void kept.push(refused) };
}
