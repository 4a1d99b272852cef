import type { Request } from 'express';
import { z } from 'zod';
import { HostError, isHostError, toError } from '../../core/errors';
import type { ExportedJob, ImportReport, InboxDesk } from '../../core/ports/inbox-desk';
import { readFilter, readPage } from '../inbox-query';
import { BadLine, JSON_LINES_TYPE, jobSteps } from '../job-lines';
import type { Operation } from '../operation';
import { text, whole } from './described';
import { filterQuery } from './inbox-descriptions';

/** Jobs that are not done, from one host to another. The body of an import is JSON lines, each a job of an export. */
export const transferOperations: readonly Operation[] = [
  {
    ...{ id: 'inbox.export', method: 'GET', path: '/inbox/export', scope: 'admin' },
    summary: 'Jobs as they can be imported',
    query: filterQuery.omit({ limit: true }),
    answer: z.looseObject({
      jobs: z.array(z.record(text, z.unknown())),
      next: text.optional().describe('To be given as `after` for what follows; absent at the end.'),
    }),
    // They hold whole requests, credentials sealed: that somebody took them along is worth knowing.
    audit: { after: ({ query }) => ({ filter: readFilter(query) }) },
    run: async ({ operator, query }) => operator.inbox.export(readFilter(query), readPage(query).after),
  },
  {
    ...{ id: 'inbox.import', method: 'POST', path: '/inbox/import', scope: 'admin' },
    summary: 'Take in jobs of an export (JSON lines)',
    reads: 'stream',
    answer: z.looseObject({ imported: whole, duplicates: whole.describe('Those that were there already.') }),
    audit: { after: (_call, answered) => answered },
    serve: async ({ operator }, request, response) => {
      if (request.is(JSON_LINES_TYPE) === false)
        throw new HostError('inbox/bad-request', [`an import is JSON lines, sent as ${JSON_LINES_TYPE}`]);
      const report = await importLines(request, operator.inbox);
      response.json(report);
      return report;
    },
  },
];

/** A step is stored before more is read; what stops half-way may be sent again as a whole. */
async function importLines(request: Request, desk: InboxDesk): Promise<ImportReport> {
  const sum = { imported: 0, duplicates: 0 };
  try {
    // The request outlives a refusal: it has yet to be answered.
    for await (const { jobs, firstLine } of jobSteps(request.iterator({ destroyOnReturn: false }))) {
      const { imported, duplicates } = await importStep(desk, jobs, firstLine);
      sum.imported += imported;
      sum.duplicates += duplicates;
    }
    return sum;
  } catch (error) {
    request.resume();
    // An import that breaks off is told to nobody: its sender is gone.
    if (isHostError(error) || (!(error instanceof BadLine) && !request.destroyed)) throw error;
    throw new HostError('inbox/bad-request', [toError(error).message], { cause: error });
  }
}

/** The desk reads each field itself: in this process nobody checks them before. It counts from the step's first. */
async function importStep(
  desk: InboxDesk,
  jobs: readonly ExportedJob[],
  firstLine: number,
): Promise<ImportReport> {
  try {
    return await desk.import(jobs);
  } catch (error) {
    if (isHostError(error) && firstLine > 1) error.message += ` Entries are counted from line ${firstLine}.`;
    throw error;
  }
}
