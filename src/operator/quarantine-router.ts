import express, { Router } from 'express';
import { HostError } from '../core/errors';
import type { Doctor } from '../core/ports/doctor';
import type { QuarantineDesk } from '../core/ports/quarantine-desk';
import { readPage } from './inbox-query';
import { readRefusalFilter, readRefusalSelection } from './quarantine-query';

/** Some hundred ids. */
const LARGEST_BODY = '64kb';

/**
 * The part of the operator API about refused requests, below `/quarantine`: `GET /` (a page: `?limit=&after=` and
 * filters), `GET /counts`, `GET /<id>`, and `POST /purge` (`{ ids }` or `{ filter }`, with `after` to go on).
 */
export function createQuarantineRouter(desk: () => QuarantineDesk): Router {
  const router = Router({ caseSensitive: true });
  router.use(express.json({ limit: LARGEST_BODY }));
  router.get('/', async ({ query }, response) => {
    response.json(await desk().refusals(readRefusalFilter(query), readPage(query)));
  });
  router.get('/counts', async ({ query }, response) => {
    response.json(await desk().counts(readRefusalFilter(query, [])));
  });
  router.get('/:id', async ({ params: { id } }, response) => {
    response.json(await desk().refusal(id));
  });
  router.post('/purge', async ({ body }, response) => {
    const { selection, after } = readRefusalSelection(body as unknown);
    response.json(await desk().purge(selection, after));
  });
  return router;
}

/**
 * Below `/doctor`: `GET /` (`?plugin=`), the latest refusal of each endpoint with a line each, and how many `more` there are;
 * `GET /<id>`, what is wrong with one, by its id or its request id.
 */
export function createDoctorRouter(doctor: () => Doctor): Router {
  const router = Router({ caseSensitive: true });
  router.get('/', async ({ query: { plugin } }, response) => {
    if (plugin !== undefined && typeof plugin !== 'string')
      throw new HostError('inbox/bad-request', ['plugin is one key']);
    response.json(await doctor().overview(plugin));
  });
  router.get('/:id', async ({ params: { id } }, response) => {
    response.json(await doctor().diagnose(id));
  });
  return router;
}
