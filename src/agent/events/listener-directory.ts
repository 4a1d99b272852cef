import type { Logger } from 'winston';
import { callFor } from '../../core/actor';
import type { Task } from '../../core/declaration';
import { toError } from '../../core/errors';
import { matchesEvent, type CloudEvent } from '../../core/event';
import type { LiveMount } from '../../core/live-mount';
import type { Mount } from '../../core/mount';
import type { MountTable, Seat } from '../../core/mount-table';
import type { PluginKey } from '../../core/plugin-key';
import type { SharedState } from '../../core/ports/shared-state';
import type { EventBindings } from '../../core/ports/event-bindings';
import { HOST_KEY } from '../../core/host-key';
import { BINDING_TASK } from './binding-task';

/** Somebody who hears of events. */
export interface Listener {
  readonly plugin: PluginKey;
  readonly task: string;
  readonly on: string;
  /** Before its dedupe keys, where several share one task. */
  readonly keyPrefix: string;
  payloadOf(event: CloudEvent): unknown;
  laneOf(event: CloudEvent): string | undefined;
}
/** What is kept of a listener for the time when its plugin's code is not there. */
interface Remembered {
  readonly task: string;
  readonly on: string;
  readonly hasLane: boolean;
}
export interface ListenerParts {
  readonly table: MountTable;
  readonly shared: SharedState;
  readonly logger: Pick<Logger, 'warn'>;
  readonly bindings?: Pick<EventBindings, 'list' | 'onChange'> | undefined;
}

const SPACE = 'listeners';
/** Types are up to whoever emits: beyond this many, what was found is found again. */
const MOST_TYPES = 2_000;
const asItIs = (event: CloudEvent): unknown => event;

/**
 * Who listens for what. A plugin that failed or is loading still listens, as it did when it served: what listened is kept where
 * hosts share it, so that a host that starts knows it too. One that is disabled or gone listens no more.
 */
export class ListenerDirectory {
  readonly #byPlugin = new Map<PluginKey, readonly Listener[]>();
  readonly #byType = new Map<string, readonly Listener[]>();
  /** As it was last seen to serve, or be gone: one that fails meanwhile still listens. */
  readonly #unsaved = new Map<PluginKey, string | undefined>();
  readonly #stopBindings: (() => void) | undefined;
  #saving: Promise<void> | undefined;
  #isClosed = false;

  constructor(private readonly parts: ListenerParts) {
    const { table, bindings } = parts;
    for (const key of table.keys()) this.#follow(key as PluginKey, table.get(key));
    table.onChange((key, seat) => this.#follow(key, seat));
    this.#stopBindings = bindings?.onChange(() => this.#byType.clear());
  }

  /** Of one type, in no order that anybody may rely on. */
  of(type: string): readonly Listener[] {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const found = [...this.#byPlugin.values(), this.#bound()]
      .flat()
      .filter(({ on }) => matchesEvent(on, type));
    if (this.#byType.size >= MOST_TYPES) this.#byType.clear();
    this.#byType.set(type, found);
    return found;
  }

  /** Changes of plugins are not followed any more; resolves when what was seen is stored. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopBindings?.();
    await this.#saving;
  }

  #follow(key: PluginKey, seat: Seat | undefined): void {
    if (this.#isClosed) return;
    const listeners = this.#listenersIn(key, seat);
    if (listeners.length === 0) this.#byPlugin.delete(key);
    else this.#byPlugin.set(key, listeners);
    this.#byType.clear();
    if (key !== HOST_KEY && (seat === undefined || seat.live !== undefined)) this.#save(key, seat?.live);
  }

  #listenersIn(key: PluginKey, seat: Seat | undefined): readonly Listener[] {
    if (seat === undefined) return [];
    if (seat.live !== undefined) return listening(seat.live.mount).map((task) => present(seat.live, task));
    const { mount } = seat.absent;
    const known = mount === undefined ? this.#remembered(key) : listening(mount).map(toRemembered);
    return known.map((listener) => absent(key, listener));
  }

  #remembered(key: PluginKey): readonly Remembered[] {
    const stored = this.parts.shared.get(SPACE, key);
    return stored === undefined ? [] : (JSON.parse(stored.value) as readonly Remembered[]);
  }

  /** Runs of the agent that operators bound; one in the name of a plugin that is disabled or gone is none. */
  #bound(): readonly Listener[] {
    const { bindings, table } = this.parts;
    return (bindings?.list() ?? [])
      .filter(({ plugin }) => plugin === undefined || table.get(plugin) !== undefined)
      .map(({ id, pattern }) => ({
        plugin: HOST_KEY,
        task: BINDING_TASK,
        on: pattern,
        keyPrefix: `${id} `,
        payloadOf: (event) => ({ binding: id, event }),
        laneOf: () => undefined,
      }));
  }

  #save(key: PluginKey, live: LiveMount | undefined): void {
    const listeners = live === undefined ? [] : listening(live.mount).map(toRemembered);
    this.#unsaved.set(key, listeners.length === 0 ? undefined : JSON.stringify(listeners));
    this.#saving ??= this.#saveAll().finally(() => {
      this.#saving = undefined;
    });
  }

  /** One after the other; only what is another than what is stored. */
  async #saveAll(): Promise<void> {
    for (const [key, value] of this.#unsaved) {
      this.#unsaved.delete(key);
      if (this.parts.shared.get(SPACE, key)?.value === value) continue;
      try {
        await this.parts.shared.put(SPACE, key, value);
      } catch (thrown) {
        this.parts.logger.warn(
          `what ${key} listens for could not be stored; events that come while it fails to start after a restart will not wait for it: ${toError(thrown).message}`,
          { plugin: key },
        );
      }
    }
  }
}

type ListeningTask = Task & { readonly on: string };

function listening(mount: Mount): readonly ListeningTask[] {
  return mount.tasks.filter((task): task is ListeningTask => task.on !== undefined);
}

function toRemembered({ name, on, lane }: ListeningTask): Remembered {
  return { task: name, on, hasLane: lane !== undefined };
}

/** What a lane function throws is its listener's affair, not that of whoever emits. */
function present({ mount, actor, logger }: LiveMount, { name, on, lane }: ListeningTask): Listener {
  const laneOf = (event: CloudEvent) => {
    if (lane === undefined) return undefined;
    try {
      const given: unknown = callFor(actor, lane, event);
      return given === undefined || typeof given === 'string' ? given : String(given);
    } catch (thrown) {
      logger.error(`the lane of "${name}" could not be told: ${toError(thrown).message}`);
      return standardLane(event);
    }
  };
  return { plugin: mount.key, task: name, on, keyPrefix: '', payloadOf: asItIs, laneOf };
}

function absent(plugin: PluginKey, { task, on, hasLane }: Remembered): Listener {
  const laneOf = (event: CloudEvent) => (hasLane ? standardLane(event) : undefined);
  return { plugin, task, on, keyPrefix: '', payloadOf: asItIs, laneOf };
}

/** Where nobody can be asked: events of one key keep their order, else those of one source. */
function standardLane({ partitionkey, source }: CloudEvent): string {
  return typeof partitionkey === 'string' ? partitionkey : source;
}
