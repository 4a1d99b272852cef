import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { Operation, OperationCall } from '../operation';
import { parseTokenRequest, type TokenRequest } from '../tokens-request';
import { flagNamed, listOf, text, time } from './described';

const token = z.looseObject({
  name: text,
  scopes: z.array(text),
  user: text.optional(),
  roles: z.array(text).optional(),
  createdAt: time,
  notAfter: time.optional().describe('From then on it counts no longer; epoch ms.'),
  lastUsedAt: time.optional(),
});

/** What others may. */
export const tokensOperations: readonly Operation[] = [
  {
    ...{ id: 'tokens.list', method: 'GET', path: '/tokens', scope: 'read' },
    summary: 'Tokens and what they may, never the tokens themselves',
    answer: listOf('tokens', token),
    run: async ({ operator }) => ({ tokens: await operator.tokens.list() }),
  },
  {
    ...{ id: 'tokens.create', method: 'POST', path: '/tokens', scope: 'admin' },
    summary: 'Make a token; it is told this once',
    body: z.object({
      name: text.describe('Letters, digits, ".", "_" and "-".'),
      scopes: z.array(text),
      user: text.optional().describe('In whose name its holder asks.'),
      roles: z.array(text).optional(),
      expiresMs: z
        .number()
        .int()
        .optional()
        .describe('How long it counts, ms; without it until it is revoked.'),
    }),
    reads: { limitBytes: 16_384, refuse: (why) => new HostError('tokens/bad-request', [why]) },
    answer: token.extend({ value: text }),
    audit: {
      subject: ({ body }) => parseTokenRequest(body).name,
      after: ({ body }) => parseTokenRequest(body),
    },
    run: async ({ operator, body }) => {
      // The desk looks at it.
      const { token: made, value } = await operator.tokens.create(body as TokenRequest);
      return { ...made, value: value.reveal() };
    },
  },
  {
    ...{ id: 'tokens.revoke', method: 'DELETE', path: '/tokens/:name', scope: 'admin' },
    summary: 'Revoke a token',
    answer: flagNamed('revoked', 'False where there was none.'),
    audit: {
      before: async (call) => {
        const found = (await call.operator.tokens.list()).find(({ name }) => name === nameOf(call));
        return found && { scopes: found.scopes, user: found.user, roles: found.roles };
      },
    },
    run: async (call) => ({ revoked: await call.operator.tokens.revoke(nameOf(call)) }),
  },
];

const nameOf = ({ params }: OperationCall) => String(params['name']);
