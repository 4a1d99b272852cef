import type { UserChannel } from '../core/ports/user-channels';
import { listIn, type OperatorConnection } from './operator-connection';
import type { UsersDesk } from './users-desk';

/** The users of a host in another process: every verb as one request. */
export function connectUsers({ where, read }: OperatorConnection): UsersDesk {
  const at = (userId: string) => `users/${encodeURIComponent(userId)}`;
  return {
    list: async () => listIn<UserChannel>(await read('GET', 'users'), 'users', where),
    show: async (userId) => (await read('GET', at(userId))) as unknown as UserChannel,
    set: async (userId, channel) => (await read('PUT', at(userId), { channel })) as unknown as UserChannel,
    remove: async (userId) => (await read('DELETE', at(userId)))['removed'] === true,
  };
}
