import { listIn, type OperatorConnection } from './operator-connection';
import type { SessionInfo, SessionsDesk } from './sessions';

/** The sessions of a host in another process: every verb as one request. */
export function connectSessions({ where, read }: OperatorConnection): SessionsDesk {
  return {
    list: async () => listIn<SessionInfo>(await read('GET', 'sessions'), 'sessions', where),
    end: async (id) => (await read('DELETE', `sessions/${encodeURIComponent(id)}`))['ended'] === true,
  };
}
