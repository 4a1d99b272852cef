import type { AuditEntry } from '../core/ports/audit';
import type { Page } from '../core/ports/inbox-desk';
import type { AuditDesk } from './operator';
import { queryOf, type OperatorConnection } from './operator-connection';

/** The audit of a host in another process. */
export function connectAudit({ read }: OperatorConnection): AuditDesk {
  return {
    list: async (filter, page = {}) =>
      (await read('GET', `audit${queryOf({ ...filter, ...page })}`)) as unknown as Page<AuditEntry>,
  };
}
