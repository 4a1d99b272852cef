import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock';
import { HostError } from '../../core/errors';
import {
  isEventType,
  type CloudEvent,
  type Emitted,
  type EmitOptions,
  type EventBus,
  type Events,
} from '../../core/event';
import { toCloudEvent } from '../../core/event-envelope';
import { givingUp } from '../../core/job';
import type { PluginKey } from '../../core/plugin-key';
import type { WorkRequest, WorkSink } from '../../core/work-sink';
import { HOPS, hopsOf, MOST_HOPS, nextHops } from './event-hops';
import { ListenerDirectory, type ListenerParts } from './listener-directory';

export interface EventBusParts extends ListenerParts {
  /** Stores at once. */
  readonly sink: WorkSink;
  readonly clock: Clock;
}

/** One event to be told, and what makes a second one the same. */
interface Told {
  readonly event: CloudEvent;
  readonly dedupeKey: string | undefined;
}

/** Follows the mount table from now on. `close` ends that, and resolves when what was seen is stored; events go on to be told. */
export function createEventBus(parts: EventBusParts): { readonly bus: EventBus; close(): Promise<void> } {
  const directory = new ListenerDirectory(parts);
  const bus: EventBus = {
    of: (plugin, sink = parts.sink, cause) => new StoredEvents(plugin, sink, cause, directory, parts.clock),
  };
  return { bus, close: () => directory.close() };
}

/** One plugin's face: each event is one job for each that listens, all put at once. Methods are bound. */
class StoredEvents implements Events {
  constructor(
    private readonly plugin: PluginKey,
    private readonly sink: WorkSink,
    private readonly cause: unknown,
    private readonly directory: ListenerDirectory,
    private readonly clock: Clock,
  ) {}

  readonly emit = async (type: string, payload?: unknown, options: EmitOptions = {}): Promise<Emitted> => {
    if (!isEventType(type)) throw new HostError('events/bad-type', [String(type).slice(0, 200)]);
    const { subject, cause = this.cause } = options;
    const key = options.key === undefined ? undefined : String(options.key);
    const source = `/plugins/${this.plugin}`;
    const event: CloudEvent = {
      specversion: '1.0',
      id: randomUUID(),
      source,
      type,
      time: new Date(this.clock.now()).toISOString(),
      ...(subject !== undefined && { subject: String(subject) }),
      ...(key !== undefined && { partitionkey: key }),
      ...hopsPart(type, nextHops(cause)),
      ...(payload !== undefined && { datacontenttype: 'application/json', data: payload }),
    };
    const dedupeKey = key === undefined ? undefined : JSON.stringify([source, type, key]);
    const [emitted] = await this.#tell([{ event, dedupeKey }]);
    return emitted as Emitted;
  };

  readonly publish = async (events: readonly CloudEvent[]): Promise<readonly Emitted[]> =>
    this.#tell(
      events.map((given) => {
        const event = toCloudEvent(given);
        const hops = Math.max(hopsOf(event), nextHops(this.cause));
        // Of this plugin: what one takes from anybody cannot keep another's events away.
        const dedupeKey = JSON.stringify([this.plugin, event.source, event.id]);
        return { event: { ...event, ...hopsPart(event.type, hops) }, dedupeKey };
      }),
    );

  async #tell(told: readonly Told[]): Promise<readonly Emitted[]> {
    const requests: WorkRequest[] = [];
    const ends = told.map(({ event, dedupeKey }) => {
      for (const { plugin, task, keyPrefix, payloadOf, laneOf } of this.directory.of(event.type))
        requests.push({
          ...{ plugin, task, payload: payloadOf(event) },
          options: {
            lane: laneOf(event),
            dedupeKey: dedupeKey === undefined ? undefined : keyPrefix + dedupeKey,
          },
        });
      return requests.length;
    });
    const stored = requests.length === 0 ? [] : await this.sink.put(requests);
    return told.map(({ event }, index) => {
      const own = stored.slice(ends[index - 1] ?? 0, ends[index]);
      return { id: event.id, listeners: own.filter((enqueued) => enqueued?.duplicate !== true).length };
    });
  }
}

/** A job that goes round in a circle is not tried again. @throws events/too-many-hops */
function hopsPart(type: string, hops: number): Readonly<Record<string, number>> {
  if (hops > MOST_HOPS) throw givingUp(new HostError('events/too-many-hops', [type, MOST_HOPS]));
  return hops === 0 ? {} : { [HOPS]: hops };
}
