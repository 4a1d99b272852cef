import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Operation } from '../operation';
import { isTrue } from './described';

/** Everything the host keeps, as one file. */
export const backupOperations: readonly Operation[] = [
  {
    ...{ id: 'backup.write', method: 'GET', path: '/backup', scope: 'admin' },
    summary: 'A backup, as it can be restored',
    query: z.object({ all: isTrue.optional().describe('With what is done, and refused requests.') }),
    answerType: 'application/gzip',
    // It holds whatever plugins keep: that somebody took it along is worth knowing.
    audit: { after: ({ query }) => ({ all: query['all'] === 'true' }) },
    serve: async ({ operator, query }, _request, response) => {
      const bytes = operator.backups.write({ all: query['all'] === 'true' })[Symbol.asyncIterator]();
      // What cannot even begin is answered as a problem; what breaks later breaks the connection, and has no end.
      const first = await bytes.next();
      response.set({
        'content-type': 'application/gzip',
        'content-disposition': 'attachment; filename="gatehouse-backup.jsonl.gz"',
        'cache-control': 'no-store',
      });
      await pipeline(Readable.from(after(first, bytes), { objectMode: false }), response);
      return undefined;
    },
  },
];

async function* after<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    for (let step = first; step.done !== true; step = await rest.next()) yield step.value;
  } finally {
    await rest.return?.();
  }
}
