import express, { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import { HostError } from '../core/errors';
import { Secret } from '../core/secret';
import type { SecretChange, SecretsDesk } from './secrets-desk';

/** A value is 16 KiB at most, in JSON perhaps six times that. */
const LARGEST_BODY = '128kb';
/** Of an overlap: a year. */
const LONGEST_MS = 31_536_000_000;

/**
 * The secrets' part of the operator API, below `/secrets`: `GET /` (`?plugin=`), `PUT /<key>/<name>` (`{ value }`),
 * `POST /<key>/<name>/rotate` (`{ overlapMs, value }`, or `{ overlapMs, generate: true }`), `DELETE /<key>/<name>`; of a value
 * that waits, `POST /<key>/<name>/approve` (`{ id }`, or `{}` for whichever waits; `show: true` tells the value, this once) and `DELETE /<key>/<name>/proposal`.
 * `PUT` and `DELETE` with `?user=<id>` are about the secret that the plugin keeps for that user, and `GET /<key>/users` (`?user=`)
 * lists those. `POST /rekey` (`{}`) changes the master key.
 * Write-only: no answer holds a value, but for one that was generated, once.
 */
export function createSecretsRouter(desk: () => SecretsDesk): Router {
  const router = Router({ caseSensitive: true });
  router.use(express.json({ limit: LARGEST_BODY }), refuseUnread, refuseBody);
  router.get('/', async ({ query: { plugin } }, response) => {
    if (plugin !== undefined && typeof plugin !== 'string') refuse('plugin is one key');
    response.json({ secrets: await desk().list(plugin) });
  });
  router.post('/rekey', async ({ body }, response) => {
    fieldsOf(body, []);
    response.json(await desk().rekey());
  });
  router.get('/:key/users', async ({ params: { key }, query: { user } }, response) => {
    response.json({ secrets: await desk().users.list(key, userIn(user)) });
  });
  router.put('/:key/:name', async ({ params: { key, name }, query, body }, response) => {
    const user = userIn(query['user']);
    const value = new Secret(textIn(fieldsOf(body, ['value'])['value']));
    const { users } = desk();
    const setting = user === undefined ? desk().set(key, name, value) : users.set(key, user, name, value);
    response.json(shown(await setting));
  });
  router.post('/:key/:name/rotate', async ({ params: { key, name }, body }, response) => {
    const { value, generate, overlapMs } = fieldsOf(body, ['value', 'generate', 'overlapMs']);
    const overlap = overlapIn(overlapMs);
    if (generate !== undefined && generate !== true) refuse('generate is true, or not given');
    if ((generate === true) === (value !== undefined)) refuse('give either value or generate: true');
    const secret = generate === true ? undefined : new Secret(textIn(value));
    response.json(shown(await desk().rotate(key, name, overlap, secret)));
  });
  router.delete('/:key/:name', async ({ params: { key, name }, query }, response) => {
    const user = userIn(query['user']);
    const removing = user === undefined ? desk().remove(key, name) : desk().users.remove(key, user, name);
    response.json({ removed: await removing });
  });
  router.post('/:key/:name/approve', async ({ params: { key, name }, body }, response) => {
    const { id, show } = fieldsOf(body, ['id', 'show']);
    if (show !== undefined && show !== true) refuse('show is true, or not given');
    if (id !== undefined && typeof id !== 'string') refuse('id is a text');
    response.json(shown(await desk().approve(key, name, id, show === true)));
  });
  router.delete('/:key/:name/proposal', async ({ params: { key, name } }, response) => {
    response.json({ dismissed: await desk().dismiss(key, name) });
  });
  return router;
}

function shown({ generated, ...change }: SecretChange) {
  return generated === undefined ? change : { ...change, value: generated.reveal() };
}

/** What is not sent as JSON is not read at all. */
const refuseUnread: RequestHandler = (request, _response, next) => {
  const hasBody = request.method === 'PUT' || request.method === 'POST';
  next(hasBody && request.body === undefined ? badRequest(NO_JSON) : undefined);
};

/** The parser's own messages quote the body, and with it the secret. */
const refuseBody: ErrorRequestHandler = (
  error: { status?: unknown; code?: unknown },
  _request,
  _response,
  next,
) => {
  next(error.status === 413 ? badRequest('the body is too large') : badRequest(NO_JSON));
};

const NO_JSON = 'the body is a JSON object, sent as application/json';

function fieldsOf(body: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  // Not named: a value that ended up as a name must not come back.
  if (Object.keys(body).some((name) => !known.includes(name)))
    return refuse(`the body knows ${known.join(', ') || 'nothing'}, and no other member`);
  return body as Readonly<Record<string, unknown>>;
}

function userIn(user: unknown): string | undefined {
  return user === undefined || typeof user === 'string' ? user : refuse('user is one id');
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : refuse('value is a text');
}

function overlapIn(given: unknown): number {
  const isRight = Number.isSafeInteger(given) && Number(given) >= 0 && Number(given) <= LONGEST_MS;
  return isRight ? Number(given) : refuse(`overlapMs is a whole number from 0 to ${LONGEST_MS}`);
}

function badRequest(why: string): HostError {
  return new HostError('secrets/bad-request', [why]);
}
function refuse(why: string): never {
  throw badRequest(why);
}
