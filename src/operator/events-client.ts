import type { EventBinding } from '../core/ports/event-bindings';
import type { EventsDesk } from './events-desk';
import { listIn, type OperatorConnection } from './operator-connection';

/** The events of a host in another process: every verb as one request. */
export function connectEvents({ where, read }: OperatorConnection): EventsDesk {
  return {
    bindings: async () => listIn<EventBinding>(await read('GET', 'bindings'), 'bindings', where),
    bind: async (binding) => (await read('POST', 'bindings', binding)) as unknown as EventBinding,
    unbind: async (id) => (await read('DELETE', `bindings/${encodeURIComponent(id)}`))['unbound'] === true,
    emit: async (type, payload, options = {}) => {
      const { id, listeners } = await read('POST', 'events', { type, payload, ...options });
      return { id: String(id), listeners: Number(listeners) };
    },
  };
}
