import express, { Router, type ErrorRequestHandler } from 'express';
import { HostError } from '../core/errors';
import type { UrlsDesk } from './urls-desk';

/** Of an overlap: a year. */
const LONGEST_MS = 31_536_000_000;
const NO_JSON = 'the body is a JSON object with a path, sent as application/json';

/**
 * The addresses' part of the operator API, below `/plugins/<key>/urls`: `GET /` (`?show=true`: tokens in clear), `POST /`
 * (`{ path, overlapMs? }`) issues a token and tells it once, `DELETE /<id>?path=…` revokes one.
 */
export function createUrlsRouter(desk: () => UrlsDesk): Router {
  const router = Router({ caseSensitive: true, mergeParams: true });
  router.use(express.json({ limit: '16kb' }), refuseBody);
  router.get('/', async ({ params, query: { show } }, response) => {
    if (show !== undefined && show !== 'true' && show !== 'false') refuse('show is true or false');
    response.json({ urls: await desk().list(keyIn(params), show === 'true') });
  });
  router.post('/', async ({ params, body }, response) => {
    const { path, overlapMs } = fieldsOf(body);
    response.json(await desk().issue(keyIn(params), textIn(path), overlapIn(overlapMs)));
  });
  router.delete('/:id', async ({ params, query: { path } }, response) => {
    response.json({ revoked: await desk().revoke(keyIn(params), textIn(path), params.id) });
  });
  return router;
}

/** Of the route that this one is mounted below: Express's types do not see it. */
const keyIn = (params: object) => String((params as { readonly key?: unknown }).key);

const refuseBody: ErrorRequestHandler = (error: { status?: unknown }, _request, _response, next) => {
  next(new HostError('secrets/bad-request', [error.status === 413 ? 'the body is too large' : NO_JSON]));
};

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  const unknown = Object.keys(body).find((name) => name !== 'path' && name !== 'overlapMs');
  if (unknown !== undefined) return refuse('the body knows path and overlapMs, and no other member');
  return body as Readonly<Record<string, unknown>>;
}

function textIn(path: unknown): string {
  return typeof path === 'string' && path !== ''
    ? path
    : refuse('path is a text, as the endpoint declares it');
}

function overlapIn(given: unknown): number | undefined {
  const isRight = Number.isSafeInteger(given) && Number(given) >= 0 && Number(given) <= LONGEST_MS;
  if (given === undefined || isRight) return given as number | undefined;
  return refuse(`overlapMs is a whole number from 0 to ${LONGEST_MS}`);
}

function refuse(why: string): never {
  throw new HostError('secrets/bad-request', [why]);
}
