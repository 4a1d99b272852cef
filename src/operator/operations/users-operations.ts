import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { Operation, OperationCall } from '../operation';
import { flagNamed, listOf, text } from './described';

const user = z.looseObject({
  userId: text,
  channel: text.describe('A chat key.'),
  isDefault: z.boolean().describe('True where nobody set one.'),
});

/** Users: where each is told things. */
export const usersOperations: readonly Operation[] = [
  {
    ...{ id: 'users.list', method: 'GET', path: '/users', scope: 'read' },
    summary: 'Users whose channel is set',
    answer: listOf('users', user),
    run: async ({ operator }) => ({ users: await operator.users.list() }),
  },
  {
    ...{ id: 'users.show', method: 'GET', path: '/users/:id', scope: 'read' },
    summary: 'Where a user is told things',
    answer: user,
    run: async (call) => call.operator.users.show(idOf(call)),
  },
  {
    ...{ id: 'users.set', method: 'PUT', path: '/users/:id', scope: 'plugins' },
    summary: 'Set where a user is told things',
    body: z.object({ channel: text.describe('A chat key, as in slack-ops.') }),
    reads: { limitBytes: 16_384 },
    answer: user,
    audit: { before: channelNow, after: (_call, answered) => answered },
    run: async (call) => {
      const { channel } = (call.body ?? {}) as { readonly channel?: unknown };
      if (typeof channel !== 'string')
        throw new HostError('users/bad-channel', ['', 'the body is {"channel": "<adapter>-<channel>"}']);
      return call.operator.users.set(idOf(call), channel);
    },
  },
  {
    ...{ id: 'users.remove', method: 'DELETE', path: '/users/:id', scope: 'plugins' },
    summary: 'Forget where a user is told things',
    answer: flagNamed('removed', 'False when none was set.'),
    audit: { before: channelNow },
    run: async (call) => ({ removed: await call.operator.users.remove(idOf(call)) }),
  },
];

const idOf = ({ params }: OperationCall) => String(params['id']);

async function channelNow(call: OperationCall): Promise<unknown> {
  return call.operator.users.show(idOf(call));
}
