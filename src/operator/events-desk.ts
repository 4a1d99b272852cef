import { HostError } from '../core/errors';
import { isEventType, type Emitted, type EmitOptions, type Events } from '../core/event';
import type { EventBindings } from '../core/ports/event-bindings';

export interface EventsPorts {
  readonly bindings: EventBindings;
  /** Those of the host. */
  readonly events: Pick<Events, 'emit'>;
}
/** Runs of the agent that events start, and events that operators tell of. */
export interface EventsDesk {
  /** Oldest first. */
  bindings(): Promise<ReturnType<EventBindings['list']>>;
  /** @throws events/bad-request, inbox/unavailable */
  bind: EventBindings['bind'];
  /** False when there is none of that id. @throws inbox/unavailable */
  unbind: EventBindings['unbind'];
  /** @throws events/bad-request, inbox/unavailable */
  emit(type: string, payload?: unknown, options?: Omit<EmitOptions, 'cause'>): Promise<Emitted>;
}

/** The events of this very process's host. */
export function createEventsDesk({ bindings, events }: EventsPorts): EventsDesk {
  return {
    bindings: async () => bindings.list(),
    bind: (binding) => bindings.bind(binding),
    unbind: (id) => bindings.unbind(id),
    emit: async (type, payload, options) => {
      if (!isEventType(type))
        throw new HostError('events/bad-request', [
          'the type is names with dots between, at most 200 characters, as "build.done"',
        ]);
      return events.emit(type, payload, options);
    },
  };
}
