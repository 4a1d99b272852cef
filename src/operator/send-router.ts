import express, { Router, type ErrorRequestHandler } from 'express';
import { HostError } from '../core/errors';
import { INVALID_REASONS, type InvalidReason } from '../core/ports/samples';
import type { SendDesk, WantedDelivery } from './send-desk';

/** Of a body of 5 MiB, in base64. */
const LARGEST_BODY = '7mb';
const KNOWN = ['sender', 'event', 'to', 'invalid', 'bodyBase64', 'headers', 'secretName', 'isPublic'];
const NO_JSON = 'the question is a JSON object, sent as application/json';

/**
 * The samples' part of the operator API, below `/send`: `GET /` lists what there is and the host's own addresses; `POST /`
 * (`{ sender, to, event?, invalid?, bodyBase64?, headers?, secretName?, isPublic? }`) sends one and answers with the request
 * and what came back, whatever that is.
 */
export function createSendRouter(desk: () => SendDesk): Router {
  const router = Router({ caseSensitive: true });
  router.use(express.json({ limit: LARGEST_BODY }), refuseBody);
  router.get('/', async (_request, response) => {
    response.json({ samples: await desk().list(), addresses: await desk().addresses() });
  });
  router.post('/', async ({ body }, response) => {
    response.json(await desk().send(wantedIn(body)));
  });
  return router;
}

const refuseBody: ErrorRequestHandler = (error: { status?: unknown }, _request, _response, next) => {
  next(badRequest(error.status === 413 ? 'the body is too large' : NO_JSON));
};

function wantedIn(body: unknown): WantedDelivery {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest(NO_JSON);
  const given = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw badRequest(`the question knows ${KNOWN.join(', ')}, and no other member`);
  const { sender, to, isPublic, bodyBase64 } = given;
  if (typeof sender !== 'string' || typeof to !== 'string') throw badRequest('sender and to are texts');
  if (isPublic !== undefined && typeof isPublic !== 'boolean') throw badRequest('isPublic is true or false');
  if (bodyBase64 !== undefined && typeof bodyBase64 !== 'string') throw badRequest('bodyBase64 is a text');
  return {
    ...{ sender, to, isPublic },
    event: textIn(given, 'event'),
    secretName: textIn(given, 'secretName'),
    invalid: reasonIn(given['invalid']),
    headers: headersIn(given['headers']),
    body: bodyBase64 === undefined ? undefined : Buffer.from(bodyBase64, 'base64'),
  };
}

function textIn(given: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = given[name];
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest(`${name} is a text`);
}

function reasonIn(given: unknown): InvalidReason | undefined {
  if (given === undefined) return undefined;
  const reason = INVALID_REASONS.find((known) => known === given);
  if (reason === undefined) throw badRequest(`invalid is one of ${INVALID_REASONS.join(', ')}`);
  return reason;
}

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8000}$/;

function headersIn(given: unknown): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  const pairs =
    typeof given === 'object' && given !== null ? Object.entries(given) : [['', undefined] as const];
  const isRight = ([name, value]: readonly [string, unknown]) =>
    HEADER_NAME.test(name) && typeof value === 'string' && HEADER_VALUE.test(value);
  if (!pairs.every(isRight)) throw badRequest('headers is an object of names and values as HTTP knows them');
  return Object.fromEntries(pairs) as Record<string, string>;
}

function badRequest(why: string): HostError {
  return new HostError('samples/bad-request', [why]);
}
