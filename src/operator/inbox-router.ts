import express, { Router, type Request } from 'express';
import type { ExportedJob, InboxDesk } from '../core/ports/inbox-desk';
import { HostError } from '../core/errors';
import {
  JOB_VERBS,
  objectBody,
  readFilter,
  readPage,
  readSelection,
  readTarget,
  RECEIPT_VERBS,
} from './inbox-query';

/** Of an import: a receipt of some hundred MiB, as base64. */
const LARGEST_BODY = '400mb';

/**
 * The inbox's part of the operator API, below `/inbox`: `GET receipts|jobs|attempts` (a page each: `?limit=&after=` and
 * filters), `GET receipts/<id>`, `GET jobs/<id>`, `GET counts|nodes|pauses|export`, `POST jobs/<verb>`,
 * `POST receipts/<verb>`, `POST pause|resume|import`. A verb's body is `{ ids }` or `{ filter }`, with `dryRun: true` to
 * be told how many, or `after` to go on: a change of thousands is many short steps, one request each.
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
    const { jobs } = bodyOf(request);
    if (!Array.isArray(jobs)) throw new HostError('inbox/bad-request', ['jobs is a list']);
    // The desk reads each field itself: in this process nobody checks them before.
    response.json(await desk().import(jobs as ExportedJob[]));
  });
}

function bodyOf(request: Request): Readonly<Record<string, unknown>> {
  return objectBody(request.body as unknown);
}
