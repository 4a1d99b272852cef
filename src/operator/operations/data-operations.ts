import { z } from 'zod';
import { HostError } from '../../core/errors';
import { readPage, textIn } from '../inbox-query';
import type { Operation, OperationCall } from '../operation';
import { flagNamed, listOf, pageOf, pageQuery, text, time, whole } from './described';

const collection = z.looseObject({
  collection: text,
  scope: text.describe('`plugin`, or whose it is: `user/<id>`, `channel/<chat key>`.'),
  count: whole.describe('At most 10,000 are counted.'),
});
const stored = z.looseObject({
  collection: text,
  scope: text,
  id: text,
  version: whole,
  createdAt: time,
  updatedAt: time,
  data: text.describe('JSON, at most its first 64 KiB.'),
});
const FILTERS = ['collection', 'scope', 'id'] as const;
const DOCUMENTS = '/plugins/:key/data/documents';

/** What plugins keep. */
export const dataOperations: readonly Operation[] = [
  {
    ...{ id: 'data.collections', method: 'GET', path: '/plugins/:key/data', scope: 'read' },
    summary: 'The collections a plugin keeps',
    answer: listOf('collections', collection),
    run: async (call) => ({ collections: await call.operator.data.collections(keyOf(call)) }),
  },
  {
    ...{ id: 'data.documents', method: 'GET', path: DOCUMENTS, scope: 'read' },
    summary: 'The documents a plugin keeps, by collection and id',
    query: z.object({
      collection: text.optional(),
      scope: text.optional(),
      id: text.optional().describe('Its beginning.'),
      ...pageQuery,
    }),
    answer: pageOf(stored),
    run: async (call) => {
      const filter = filterIn(call, [...FILTERS, 'after', 'limit']);
      return call.operator.data.documents(keyOf(call), filter, readPage(call.query));
    },
  },
  {
    ...{ id: 'data.remove', method: 'DELETE', path: DOCUMENTS, scope: 'admin' },
    summary: 'Remove one document of a plugin',
    query: z.object({ collection: text, scope: text, id: text }),
    answer: flagNamed('removed', 'False: there was none.'),
    audit: {
      subject: (call) => [keyOf(call), ...FILTERS.map((name) => String(call.query[name]))].join(' '),
      after: (_call, answered) => answered,
    },
    run: async (call) => {
      const { collection: name = '', scope = '', id = '' } = filterIn(call, FILTERS, true);
      return { removed: await call.operator.data.remove(keyOf(call), name, scope, id) };
    },
  },
  {
    ...{ id: 'data.clear', method: 'DELETE', path: '/plugins/:key/data', scope: 'admin' },
    summary: 'Remove everything a plugin keeps, or one collection of it',
    query: z.object({ collection: text.optional() }),
    answer: z.looseObject({ removed: whole }),
    audit: {
      subject: (call) => [keyOf(call), call.query['collection'] ?? ''].join(' ').trim(),
      after: (_call, answered) => answered,
    },
    run: async (call) => {
      const { collection: name } = filterIn(call, ['collection']);
      return { removed: await call.operator.data.clear(keyOf(call), name) };
    },
  },
];

/** @throws inbox/bad-request: a filter misspelt must not select everything */
function filterIn(
  { query }: OperationCall,
  known: readonly string[],
  isWhole = false,
): Partial<Record<(typeof FILTERS)[number], string>> {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`"${unknown}" is no filter; there are ${known.join(', ')}`);
  const missing = isWhole ? known.find((name) => query[name] === undefined) : undefined;
  if (missing !== undefined) refuse(`${missing} is missing; ${known.join(', ')} name one document`);
  const given = FILTERS.filter((name) => query[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, textIn(query, name)]));
}

function refuse(why: string): never {
  throw new HostError('inbox/bad-request', [why]);
}

const keyOf = ({ params }: OperationCall) => String(params['key']);
