import { createEventBindings } from '../../../src/agent/events/event-bindings';
import { createEventBus } from '../../../src/agent/events/event-bus';
import type { Task } from '../../../src/core/declaration';
import type { CloudEvent, EventBus, Events } from '../../../src/core/event';
import type { Job } from '../../../src/core/job';
import type { EventBindings } from '../../../src/core/ports/event-bindings';
import type { Store } from '../../../src/inbox/store';
import { listenerDeclaration, type ListenerOptions } from '../../../src/plugins/event-listener';
import { keyOf } from '../../core/plain-mount';
import { engineOn, type EngineUnderTest } from '../../inbox/engine-under-test';

export interface BusUnderTest extends EngineUnderTest {
  readonly bus: EventBus;
  readonly bindings: EventBindings;
  /** Of the plugin `acme.ci`. */
  readonly events: Events;
  readonly warnings: string[];
  closeBus(): Promise<void>;
}

/** An engine with the events of a host; its store is open, its workers are not started. */
export async function busOn(store: Store): Promise<BusUnderTest> {
  const clock = { now: () => Date.now() };
  const warnings: string[] = [];
  const late: { bus?: EventBus } = {};
  const engine = engineOn(store, {
    facesOf: (plugin, sink, { payload }) => ({
      events: (late.bus as EventBus).of(plugin, sink, payload),
      message: undefined as never,
    }),
  });
  await engine.open();
  const bindings = createEventBindings({ shared: engine.shared, clock });
  const { bus, close } = createEventBus({
    ...{ table: engine.table, shared: engine.shared, sink: engine.inbox, clock, bindings },
    logger: { warn: ((line: string) => void warnings.push(line)) as never },
  });
  late.bus = bus;
  return { ...engine, bus, bindings, events: bus.of(keyOf('acme.ci')), warnings, closeBus: close };
}

/** A listener of the plugin under test; tried again at once. */
export function listener(
  pattern: string,
  handle: (event: CloudEvent<any>, job: Job) => unknown,
  options: ListenerOptions<any, any> = {},
): Task {
  const quick = { attempts: 3, backoff: [10], timeoutMs: 5_000, ...options };
  return listenerDeclaration(keyOf('acme.ci'), `onEvent("${pattern}")`, pattern, quick, handle);
}
