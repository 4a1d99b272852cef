import express, { Router, type Request } from 'express';
import type { ExportedJob, ImportReport, InboxDesk } from '../core/ports/inbox-desk';
import { HostError, isHostError, toError } from '../core/errors';
import {
  JOB_VERBS,
  objectBody,
  readFilter,
  readPage,
  readSelection,
  readSignalName,
  readTarget,
  RECEIPT_VERBS,
} from './inbox-query';
import { BadLine, JSON_LINES_TYPE, jobSteps } from './job-lines';

/** Of a verb: some ten thousand ids, or the largest value of a signal. An import is read line by line. */
const LARGEST_BODY = '2mb';

/**
 * The inbox's part of the operator API, below `/inbox`: `GET receipts|jobs|attempts` (a page each: `?limit=&after=` and
 * filters), `GET receipts/<id>`, `GET jobs/<id>`, `GET counts|nodes|pauses|export`, `POST jobs/<verb>`,
 * `POST receipts/<verb>`, `POST jobs/<id>/signal` (`{ name, value }`), `POST pause|resume|import`. A verb's body is `{ ids }` or `{ filter }`, with `dryRun: true` to
 * be told how many, or `after` to go on: a change of thousands is many short steps, one request each. The body of an
 * import is JSON lines, each a job of an export.
 */
export function createInboxRouter(desk: () => InboxDesk): Router {
  const router = Router({ caseSensitive: true });
  router.use(express.json({ limit: LARGEST_BODY }));
  for (const list of ['receipts', 'jobs', 'attempts'] as const)
    router.get(`/${list}`, async ({ query }, response) => {
      response.json(await desk()[list](readFilter(query), readPage(query)));
    });
  router.get('/receipts/:id', async (request, response) => {
    response.json(await desk().receipt(request.params.id));
  });
  router.get('/jobs/:id', async (request, response) => {
    response.json(await desk().job(request.params.id));
  });
  for (const list of ['counts', 'nodes', 'pauses'] as const)
    router.get(`/${list}`, async (_request, response) => {
      response.json({ [list]: await desk()[list]() });
    });
  addVerbs(router, desk);
  addTransfers(router, desk);
  return router;
}

function addVerbs(router: Router, desk: () => InboxDesk): void {
  const families = { jobs: JOB_VERBS, receipts: RECEIPT_VERBS };
  for (const [family, verbs] of Object.entries(families))
    for (const verb of verbs)
      router.post(`/${family}/${verb}`, async (request, response) => {
        const body = bodyOf(request);
        const selection = readSelection(body);
        if (body['dryRun'] === true) response.json({ count: await desk().count(verb, selection) });
        else response.json(await desk().change(verb, selection, readPage(body).after));
      });
  router.post('/jobs/:id/signal', async (request, response) => {
    const body = bodyOf(request);
    const name = readSignalName(body);
    response.json({ changed: await desk().signal(request.params.id, name, body['value']) });
  });
  router.post('/pause', async (request, response) => {
    const { reason, ...target } = readTarget(bodyOf(request));
    response.json({ changed: await desk().pause(target, reason) });
  });
  router.post('/resume', async (request, response) => {
    response.json({ changed: await desk().resume(readTarget(bodyOf(request))) });
  });
}

function addTransfers(router: Router, desk: () => InboxDesk): void {
  router.get('/export', async ({ query }, response) => {
    response.json(await desk().export(readFilter(query), readPage(query).after));
  });
  router.post('/import', async (request, response) => {
    if (request.is(JSON_LINES_TYPE) === false)
      throw new HostError('inbox/bad-request', [`an import is JSON lines, sent as ${JSON_LINES_TYPE}`]);
    response.json(await importLines(request, desk()));
  });
}

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
    if (!(error instanceof BadLine) && !request.destroyed) throw error;
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

function bodyOf(request: Request): Readonly<Record<string, unknown>> {
  return objectBody(request.body as unknown);
}
