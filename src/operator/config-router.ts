import express, { Router, type ErrorRequestHandler } from 'express';
import { HostError } from '../core/errors';
import type { ConfigDesk } from './config-desk';

/** All values of one plugin; what hosts share holds twice as much, sealed. */
const LARGEST_BODY = '128kb';
const NO_JSON = 'the body is a JSON object { values, revision }, sent as application/json';

/**
 * The configuration's part of the operator API, below `/plugins/<key>/config`: `GET /` answers schema, values (secrets as
 * `{ isSet }`), sources, revision, and the plugin's state and failure; `PUT /` (`{ values, revision }`) stores what operators give
 * and reloads the plugin. What the schema refuses is 422 with each issue, a revision that is not the present one 409, and what is
 * not stored is not loaded.
 */
export function createConfigRouter(desk: () => ConfigDesk): Router {
  const router = Router({ caseSensitive: true, mergeParams: true });
  router.use(express.json({ limit: LARGEST_BODY }), refuseBody);
  router.get('/', async ({ params }, response) => {
    response.json(await desk().view(keyIn(params)));
  });
  router.put('/', async ({ params, body }, response) => {
    const { values, revision } = fieldsOf(body);
    response.json(await desk().change(keyIn(params), mappingIn(values), revisionIn(revision)));
  });
  return router;
}

/** Of the route that this one is mounted below: Express's types do not see it. */
const keyIn = (params: object) => String((params as { readonly key?: unknown }).key);

/** The parser's own messages quote the body, and with it what may be secret. */
const refuseBody: ErrorRequestHandler = (error: { status?: unknown }, _request, _response, next) => {
  next(badRequest(error.status === 413 ? 'the body is too large' : NO_JSON));
};

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  const fields = isMapping(body) ? body : refuse(NO_JSON);
  if (Object.keys(fields).some((name) => name !== 'values' && name !== 'revision'))
    return refuse('the body knows values and revision, and no other member');
  return fields;
}

function mappingIn(values: unknown): Readonly<Record<string, unknown>> {
  return isMapping(values) ? values : refuse('values is an object, a value for each field');
}

function revisionIn(revision: unknown): number {
  const isRight = Number.isSafeInteger(revision) && Number(revision) >= 0;
  return isRight ? Number(revision) : refuse('revision is the whole number that was read with the values');
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function badRequest(why: string): HostError {
  return new HostError('plugin/bad-config-request', [why]);
}
function refuse(why: string): never {
  throw badRequest(why);
}
