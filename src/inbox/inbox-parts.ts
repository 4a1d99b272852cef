import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { MountTable } from '../core/mount-table';
import type { PluginKey } from '../core/plugin-key';
import type { Deliveries, JobFacesOf } from '../core/ports/inbox';
import type { PluginState } from '../core/ports/plugin-registry';
import type { Tracing } from '../core/ports/tracing';
import type { WorkObserver } from '../core/ports/work-observer';
import type { Sealer } from '../core/ports/sealer';
import type { Settings } from '../core/settings';
import { StoredChanges } from './change-feed';
import { changesIn } from './change-topics';
import { Committer } from './committer';
import { DurableInbox } from './durable-inbox';
import { Idleness } from './idleness';
import { Janitor } from './janitor';
import type { ContextParts } from './job-context';
import { Leases } from './leases';
import { NodeList, type NodeIdentity } from './node-list';
import { Pauses } from './pauses';
import { StoredQuarantine } from './quarantine';
import type { QuarantineSettings } from './quarantine-bounds';
import { Reaper } from './reaper';
import { Room } from './room';
import { Roster } from './roster';
import { Runner } from './runner';
import { Schedules } from './schedules';
import { Settler } from './settler';
import { StoredSharedState } from './shared-state';
import type { Store } from './store';
import { TaskDirectory } from './task-directory';
import { UnheardClaims } from './unheard-claims';
import { Upkeep } from './upkeep';
import { Worker } from './worker';
import { WorkTraces } from './work-traces';

export interface InboxOptions {
  /** Open and migrated; the engine closes it. */
  readonly store: Store;
  readonly table: MountTable;
  readonly deliveries: Deliveries;
  readonly sealer: Sealer;
  readonly settings: Pick<Settings, 'inbox' | 'receipts' | 'jobs' | 'timeouts'> & {
    /** Default: 10,000 refused requests, 256 MiB. */
    readonly quarantine?: QuarantineSettings;
  };
  readonly logger: Logger;
  /** What schedules and retention go by; leases go by the store's. One that is moved is the store's, too. */
  readonly clock: Clock;
  /** Events and messages of jobs; without it they have none. */
  readonly facesOf?: JobFacesOf | undefined;
  /** What is known of a plugin that has no seat; undefined when nothing is. Without it such a one is absent. */
  readonly pluginState?: (key: string) => PluginState | undefined;
  /** All live values of a plugin's secrets: they are masked in whatever is shown. */
  readonly secretsOf?: ((plugin: PluginKey) => readonly string[]) | undefined;
  /** Counts what is committed and settled. */
  readonly observer?: WorkObserver | undefined;
  /** Told of attempts and what each belongs to. */
  readonly tracing?: Pick<Tracing, 'begun'> | undefined;
  /** This process among the hosts of the store; its id is new with each start. */
  readonly node: NodeIdentity;
}

export interface InboxParts extends ContextParts {
  readonly pauses: Pauses;
  readonly settler: Settler;
  readonly roster: Roster;
  readonly worker: Worker;
  readonly reaper: Reaper;
  readonly unheard: UnheardClaims;
  readonly upkeep: Upkeep;
  readonly schedules: Schedules;
  readonly janitor: Janitor;
  readonly nodes: NodeList;
  readonly sharedState: StoredSharedState;
  readonly inbox: DurableInbox;
  readonly quarantine: StoredQuarantine;
  readonly idleness: Idleness;
  readonly changes: StoredChanges;
}

const STANDARD_QUARANTINE: QuarantineSettings = { maxCount: 10_000, maxBytes: 256 * 1024 ** 2 };

const noFaces: JobFacesOf = (plugin) => {
  throw new HostError('plugin/not-available', [plugin, 'job.events and job.message', 'this host has none']);
};

/** Makes the parts and makes them known to one another; nothing runs yet. */
export function wireInbox(options: InboxOptions): InboxParts {
  const { store, table, settings, logger, sealer, deliveries, clock, node } = options;
  const committer = new Committer(store, logger, options.observer);
  const context: ContextParts = {
    store,
    committer,
    directory: new TaskDirectory(store),
    leases: new Leases(store, committer, settings.inbox.leaseMs),
    facesOf: options.facesOf ?? noFaces,
    traces: options.tracing && new WorkTraces(options.tracing, store),
  };
  const pauses = new Pauses();
  const expect = (at: number) => upkeep.expect(at);
  const settler = new Settler({ ...context, expect, observer: options.observer });
  const limits = { ...settings.inbox, handlerMs: settings.timeouts.handlerMs };
  const roster = new Roster(table, context.directory, limits, (taskIds) => {
    worker.found(taskIds);
    schedules.refresh();
  });
  const unheard = new UnheardClaims(store, committer, node.id);
  const shared = { ...context, roster, pauses, unheard, node: node.id };
  const worker: Worker = new Worker({
    ...shared,
    room: new Room(settings.inbox),
    runner: new Runner({ ...context, deliveries, sealer }),
    settler,
  });
  const reaper = new Reaper(store, committer, context.leases, logger, options.observer);
  const { pollMs, leaseMs } = settings.inbox;
  const upkeep: Upkeep = new Upkeep({ ...shared, worker, reaper, clock, logger, pollMs, leaseMs });
  const schedules: Schedules = new Schedules({ ...shared, clock, logger });
  const janitor = new Janitor({ ...shared, settings, clock, logger });
  const tasksOf = (plugin: string) => table.get(plugin)?.live?.mount.tasks;
  const inbox = new DurableInbox({ ...shared, worker, sealer, expect, tasksOf });
  const nodes = new NodeList(store, committer, node);
  const sharedState = new StoredSharedState(store, (unit) => committer.submit(unit, 'must'));
  const { quarantine: bounds = STANDARD_QUARANTINE } = settings;
  const quarantine = new StoredQuarantine({ ...context, table, sealer, settings: bounds, logger });
  const idleness = new Idleness({ ...shared, schedules, upkeep });
  const changes = followedChanges(context, table);
  const parts = { ...shared, changes, settler, worker, reaper, upkeep, schedules, janitor, nodes };
  return { ...parts, sharedState, inbox, quarantine, idleness };
}

/** What is committed is looked at only while somebody follows. */
function followedChanges({ store, committer, directory }: ContextParts, table: MountTable): StoredChanges {
  const changes: StoredChanges = new StoredChanges(store, (isFollowed) => {
    if (!isFollowed) committer.onStored = undefined;
    else
      committer.onStored = (units, claimed) => {
        for (const { topic, plugin } of changesIn(units, (id) => directory.nameOf(id)))
          changes.tell(topic, plugin);
        if (claimed > 0) changes.tell('jobs');
      };
  });
  table.onChange((key) => changes.tell('plugins', key));
  return changes;
}
