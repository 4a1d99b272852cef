import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { NewEventBinding } from '../../core/ports/event-bindings';
import type { BodyReading, Operation, OperationCall } from '../operation';
import { flagNamed, listOf, text, time, whole } from './described';

const NO_JSON = 'the body is a JSON object, sent as application/json';
const BINDING_MEMBERS = ['pattern', 'prompt', 'plugin', 'channel', 'tools'];
const EVENT_MEMBERS = ['type', 'payload', 'key', 'subject'];
const reads: BodyReading = {
  limitBytes: 1024 ** 2,
  refuse: (why) => new HostError('events/bad-request', [why]),
};

const newBinding = z.object({
  pattern: text.describe('Names of events, where a segment may be `*`.'),
  prompt: text.describe('What the agent is to do.'),
  plugin: text.optional().describe('In whose name it runs.'),
  channel: text.optional().describe('A chat key.'),
  tools: z.array(text).optional(),
});
const binding = z.looseObject({ ...newBinding.shape, id: text, createdAt: time });

/** Runs of the agent that events start, and events that operators tell of. */
export const eventsOperations: readonly Operation[] = [
  {
    ...{ id: 'bindings.list', method: 'GET', path: '/bindings', scope: 'read' },
    summary: 'Runs of the agent that events start',
    answer: listOf('bindings', binding),
    run: async ({ operator }) => ({ bindings: await operator.events.bindings() }),
  },
  {
    ...{ id: 'bindings.create', method: 'POST', path: '/bindings', scope: 'plugins' },
    summary: 'Have events start a run of the agent',
    body: newBinding,
    reads,
    answer: binding,
    audit: { subject: ({ body }) => membersOf(body, BINDING_MEMBERS)['pattern'] as string, after: answered },
    run: async ({ operator, body }) =>
      // Each member is checked where it is stored.
      operator.events.bind(membersOf(body, BINDING_MEMBERS) as unknown as NewEventBinding),
  },
  {
    ...{ id: 'bindings.remove', method: 'DELETE', path: '/bindings/:id', scope: 'plugins' },
    summary: 'Have events start that run no more',
    answer: flagNamed('unbound', 'False when there is none of that id.'),
    audit: {
      before: async ({ operator, params }) =>
        (await operator.events.bindings()).find(({ id }) => id === params['id']),
    },
    run: async ({ operator, params }) => ({ unbound: await operator.events.unbind(String(params['id'])) }),
  },
  {
    ...{ id: 'events.emit', method: 'POST', path: '/events', scope: 'plugins' },
    summary: 'Tell of an event',
    body: z.object({
      type: text.describe('Names with dots between, as in build.done.'),
      payload: z.unknown().optional(),
      key: text.optional().describe('Told once under this key.'),
      subject: text.optional(),
    }),
    reads,
    answer: z.looseObject({ id: text, listeners: whole }),
    // What it tells is the plugins' own: it is not kept.
    audit: { subject: ({ body }) => membersOf(body, EVENT_MEMBERS)['type'] as string, after: answered },
    run: async ({ operator, body }) => {
      const { type, payload, key, subject } = membersOf(body, EVENT_MEMBERS);
      const options = { key: optionalText('key', key), subject: optionalText('subject', subject) };
      return operator.events.emit(String(type), payload, options);
    },
  },
];

function answered(_call: OperationCall, given: unknown): unknown {
  return given;
}

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
