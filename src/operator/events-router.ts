import express, { Router, type ErrorRequestHandler } from 'express';
import { HostError } from '../core/errors';
import type { NewEventBinding } from '../core/ports/event-bindings';
import type { EventsDesk } from './events-desk';

const NO_JSON = 'the body is a JSON object, sent as application/json';
const BINDING_MEMBERS = ['pattern', 'prompt', 'plugin', 'channel', 'tools'];
const EVENT_MEMBERS = ['type', 'payload', 'key', 'subject'];

/**
 * The bindings' part of the operator API, below `/bindings`: `GET /`, `POST /` (`{ pattern, prompt, plugin?, channel?, tools? }`),
 * `DELETE /<id>`.
 */
export function createBindingsRouter(desk: () => EventsDesk): Router {
  const router = jsonRouter();
  router.get('/', async (_request, response) => {
    response.json({ bindings: await desk().bindings() });
  });
  router.post('/', async ({ body }, response) => {
    // Each member is checked where it is stored.
    const binding = membersOf(body, BINDING_MEMBERS) as unknown as NewEventBinding;
    response.json(await desk().bind(binding));
  });
  router.delete('/:id', async ({ params: { id } }, response) => {
    response.json({ unbound: await desk().unbind(id) });
  });
  return router;
}

/** The events' part of it, below `/events`: `POST /` (`{ type, payload?, key?, subject? }`) tells of one. */
export function createEventsRouter(desk: () => EventsDesk): Router {
  const router = jsonRouter();
  router.post('/', async ({ body }, response) => {
    const { type, payload, key, subject } = membersOf(body, EVENT_MEMBERS);
    const options = { key: optionalText('key', key), subject: optionalText('subject', subject) };
    response.json(await desk().emit(String(type), payload, options));
  });
  return router;
}

function jsonRouter(): Router {
  const router = Router({ caseSensitive: true });
  router.use(express.json({ limit: '1mb' }), refuseBody);
  return router;
}

const refuseBody: ErrorRequestHandler = (error: { status?: unknown }, _request, _response, next) => {
  next(new HostError('events/bad-request', [error.status === 413 ? 'the body is too large' : NO_JSON]));
};

function membersOf(body: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  if (Object.keys(body).some((name) => !known.includes(name)))
    return refuse(`the body knows ${known.join(', ')}, and no other member`);
  return body as Readonly<Record<string, unknown>>;
}

function optionalText(name: string, value: unknown): string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= 1_000)
    ? value
    : refuse(`${name} is a text of at most 1000 characters`);
}

function refuse(why: string): never {
  throw new HostError('events/bad-request', [why]);
}
