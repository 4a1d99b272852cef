import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { AuditFilter } from '../../core/ports/audit';
import { readPage, textIn, wholeIn } from '../inbox-query';
import type { Operation } from '../operation';
import { pageOf, pageQuery, text, time } from './described';

const TEXTS = ['who', 'verb', 'subject'] as const;
const TIMES = ['since', 'until'] as const;
const NAMES: readonly string[] = [...TEXTS, ...TIMES, 'after', 'limit'];

const entry = z.looseObject({
  id: text,
  at: time,
  who: text.describe('The name of a token, or `operator`.'),
  via: z.enum(['console', 'socket', 'token', 'mcp', 'host']),
  ip: text.optional(),
  verb: text.describe('The id of an operation.'),
  subject: text,
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  outcome: text.describe('`done`, or the code of what it failed with.'),
});

/** What was changed, by whom. */
export const auditOperations: readonly Operation[] = [
  {
    ...{ id: 'audit.list', method: 'GET', path: '/audit', scope: 'read' },
    summary: 'What was changed, by whom',
    query: z.object({
      who: text.optional(),
      verb: text.optional(),
      subject: text.optional().describe('Its beginning.'),
      since: z.coerce.number().optional().describe('Epoch ms: at or after.'),
      until: z.coerce.number().optional().describe('Epoch ms: before.'),
      ...pageQuery,
    }),
    answer: pageOf(entry),
    run: async ({ operator, query }) => operator.audit.list(readAuditFilter(query), readPage(query)),
  },
];

/** @throws inbox/bad-request naming what is not understood: a filter misspelt must not list everything */
function readAuditFilter(given: Readonly<Record<string, unknown>>): AuditFilter {
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new HostError('inbox/bad-request', [`"${unknown}" is no filter; there are ${NAMES.join(', ')}`]);
  const filter: Record<string, unknown> = {};
  for (const name of TEXTS) if (given[name] !== undefined) filter[name] = textIn(given, name);
  for (const name of TIMES) if (given[name] !== undefined) filter[name] = wholeIn(given, name);
  return filter;
}
