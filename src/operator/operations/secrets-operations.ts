import { z } from 'zod';
import { Secret } from '../../core/secret';
import type { Operation, OperationCall } from '../operation';
import {
  LONGEST_OVERLAP_MS,
  fieldsOf,
  overlapIn,
  reads,
  refuse,
  shown,
  userIn,
  valueIn,
} from './secrets-request';
import { flagNamed, listOf, text, time, whole } from './described';

const values = z.array(z.looseObject({ id: text, origin: text, createdAt: time.optional() }));
const secret = z.looseObject({
  plugin: text,
  name: text,
  declared: z.boolean(),
  required: z.boolean(),
  description: text,
  values: values.describe('Live ones, by their ids: never the values.'),
});
const change = z.looseObject({
  id: text,
  declared: z.boolean().describe('False: the plugin that is loaded knows no secret of that name.'),
  value: text.optional().describe('Where the host made it, or it was asked for: this once.'),
});
const userQuery = z.object({
  user: text.optional().describe('The one that the plugin keeps for this user.'),
});
const valueId = (_call: OperationCall, answered: unknown) =>
  answered === undefined ? undefined : { id: (answered as { readonly id: string }).id };

/**
 * Secrets of plugins. Write-only: no answer holds a value, but for one that was generated, or is to be told to its sender,
 * once. What plugins keep for their users takes the scope `admin`.
 */
export const secretsOperations: readonly Operation[] = [
  {
    ...{ id: 'secrets.list', method: 'GET', path: '/secrets', scope: 'read' },
    summary: 'Names of secrets, never values',
    query: z.object({ plugin: text.optional() }),
    answer: listOf('secrets', secret),
    run: async ({ operator, query: { plugin } }) => {
      if (plugin !== undefined && typeof plugin !== 'string') refuse('plugin is one key');
      return { secrets: await operator.secrets.list(plugin) };
    },
  },
  {
    ...{ id: 'secrets.rekey', method: 'POST', path: '/secrets/rekey', scope: 'admin' },
    summary: 'Change the master key, and seal anew what hosts share',
    body: z.object({}),
    reads,
    answer: z.looseObject({ keyId: text, made: z.boolean(), resealed: whole, unreadable: z.array(text) }),
    audit: { after: (_call, answered) => answered },
    run: async ({ operator, body }) => {
      fieldsOf(body, []);
      return operator.secrets.rekey();
    },
  },
  {
    ...{ id: 'secrets.users', method: 'GET', path: '/secrets/:key/users', scope: 'read' },
    summary: 'Names of secrets that a plugin keeps for its users, never values',
    query: z.object({ user: text.optional() }),
    answer: listOf('secrets', z.looseObject({ plugin: text, userId: text, name: text, id: text })),
    run: async ({ operator, params, query }) => ({
      secrets: await operator.secrets.users.list(String(params['key']), userIn(query['user'])),
    }),
  },
  {
    ...{ id: 'secrets.set', method: 'PUT', path: '/secrets/:key/:name', scope: 'secrets' },
    summary: 'Set a secret',
    scopeOf,
    query: userQuery,
    body: z.object({ value: text }),
    reads,
    answer: change,
    audit: { subject, after: valueId },
    run: async (call) => {
      const { key, name } = placeOf(call);
      const user = userIn(call.query['user']);
      const value = new Secret(valueIn(fieldsOf(call.body, ['value'])['value']));
      const { secrets } = call.operator;
      return shown(
        await (user === undefined
          ? secrets.set(key, name, value)
          : secrets.users.set(key, user, name, value)),
      );
    },
  },
  {
    ...{ id: 'secrets.rotate', method: 'POST', path: '/secrets/:key/:name/rotate', scope: 'secrets' },
    summary: 'Give a secret a further value; those until now end after the overlap',
    body: z.object({
      overlapMs: z.number().int().min(0).max(LONGEST_OVERLAP_MS),
      value: text.optional().describe('Either this, or generate.'),
      generate: z.literal(true).optional().describe('The host makes it, and tells it this once.'),
    }),
    reads,
    answer: change,
    audit: { after: valueId },
    run: async (call) => {
      const { value, generate, overlapMs } = fieldsOf(call.body, ['value', 'generate', 'overlapMs']);
      const overlap = overlapIn(overlapMs);
      if (generate !== undefined && generate !== true) refuse('generate is true, or not given');
      if ((generate === true) === (value !== undefined)) refuse('give either value or generate: true');
      const given = generate === true ? undefined : new Secret(valueIn(value));
      const { key, name } = placeOf(call);
      return shown(await call.operator.secrets.rotate(key, name, overlap, given));
    },
  },
  {
    ...{ id: 'secrets.remove', method: 'DELETE', path: '/secrets/:key/:name', scope: 'secrets' },
    summary: 'Remove a secret',
    scopeOf,
    query: userQuery,
    answer: flagNamed('removed', 'False when there was none.'),
    audit: { subject },
    run: async (call) => {
      const { key, name } = placeOf(call);
      const user = userIn(call.query['user']);
      const { secrets } = call.operator;
      const removing = user === undefined ? secrets.remove(key, name) : secrets.users.remove(key, user, name);
      return { removed: await removing };
    },
  },
  {
    ...{ id: 'secrets.approve', method: 'POST', path: '/secrets/:key/:name/approve', scope: 'secrets' },
    summary: 'Take a secret that a sender proposed',
    body: z.object({
      id: text.optional().describe('That one alone; without it whichever waits.'),
      show: z.literal(true).optional().describe('Tells the value, this once.'),
    }),
    reads,
    answer: change,
    audit: { after: valueId },
    run: async (call) => {
      const { id, show } = fieldsOf(call.body, ['id', 'show']);
      if (show !== undefined && show !== true) refuse('show is true, or not given');
      if (id !== undefined && typeof id !== 'string') return refuse('id is a text');
      const { key, name } = placeOf(call);
      return shown(await call.operator.secrets.approve(key, name, id, show === true));
    },
  },
  {
    ...{ id: 'secrets.dismiss', method: 'DELETE', path: '/secrets/:key/:name/proposal', scope: 'secrets' },
    summary: 'Refuse a secret that a sender proposed',
    answer: flagNamed('dismissed', 'False when none waits.'),
    run: async (call) => {
      const { key, name } = placeOf(call);
      return { dismissed: await call.operator.secrets.dismiss(key, name) };
    },
  },
];

function placeOf({ params }: Pick<OperationCall, 'params'>) {
  return { key: String(params['key']), name: String(params['name']) };
}

function scopeOf({ query }: Pick<OperationCall, 'query'>) {
  return query['user'] === undefined ? ('secrets' as const) : ('admin' as const);
}

function subject(call: OperationCall): string {
  const { key, name } = placeOf(call);
  const user = userIn(call.query['user']);
  return user === undefined ? `${key}/${name}` : `${key}/${name} of ${user}`;
}
