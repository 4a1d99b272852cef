import type { Clock } from '../core/clock';
import type { ChangeFeed, ChangeTopic } from '../core/ports/change-feed';
import type { BackupOptions, StoreBackup } from '../core/ports/backup';
import type { Database } from '../core/ports/database';
import type { DeliveriesDesk } from '../core/ports/deliveries-desk';
import type { Hosts } from '../core/ports/hosts';
import type { Inbox } from '../core/ports/inbox';
import type { InboxDesk } from '../core/ports/inbox-desk';
import type { Quarantine } from '../core/ports/quarantine';
import type { KeptRequests, QuarantineDesk } from '../core/ports/quarantine-desk';
import type { KeyProofs } from '../core/ports/rekeying';
import type { SchedulesDesk } from '../core/ports/schedules-desk';
import type { Backlog } from '../core/ports/work-observer';
import type { SharedState } from '../core/ports/shared-state';
import type { WorkCounter } from '../core/ports/work-counts';
import { openStoreBackup } from './backup-source';
import { createDatabase } from './database';
import { createDeliveriesDesk } from './deliveries-desk';
import { createDesk } from './desk';
import { agreeOnKey, keyProofs } from './key-agreement';
import { orphanJudge } from './orphans';
import { createKeptRequests, createQuarantineDesk } from './quarantine-desk';
import { createSchedulesDesk } from './schedules-desk';
import { backlogOf, createWorkCounter } from './work-counter';
import { shownMasks } from './shown-masks';
import { wireInbox, type InboxOptions, type InboxParts } from './inbox-parts';

/** The inbox of one host. */
export interface InboxEngine {
  readonly inbox: Inbox;
  readonly desk: InboxDesk;
  /** Takes refused requests; what it takes is stored by and by. */
  readonly quarantine: Quarantine;
  readonly quarantineDesk: QuarantineDesk;
  /** For code that judges requests again: whole and opened. */
  readonly kept: KeptRequests;
  /** One stored request, looked at closely. */
  readonly deliveriesDesk: DeliveriesDesk;
  readonly schedulesDesk: SchedulesDesk;
  readonly workCounts: WorkCounter;
  /** Tells what is committed, here and by other hosts, and what it is told itself. */
  readonly changes: ChangeFeed & { tell(topic: ChangeTopic, plugin?: string): void };
  /** Empty before `open`. */
  readonly shared: SharedState;
  /** What is kept beside the inbox, in the same commits. */
  readonly database: Database;
  /** This host among those of the store; the others see it from `start` on. */
  readonly hosts: Hosts;
  /** For a change of the master key. */
  readonly keyProofs: KeyProofs;
  /** What waits, of all hosts of the store. @throws inbox/unavailable */
  backlog(): Promise<Backlog>;
  /** Reads what the hosts of the store share; before plugins are looked for. @throws inbox/unavailable */
  open(): Promise<void>;
  /** Works from now on. Requests are accepted before as well: what they store waits. @throws inbox/unavailable, inbox/other-master-key */
  start(): Promise<void>;
  /** Takes on nothing more: no claims, no fires. What runs goes on, and requests are stored still. */
  quiesce(): void;
  /**
   * Quiesces; what runs is asked to stop, and released as interrupted when `stopMs` are almost over. Then everything
   * submitted is committed and the store closed. Call it once no request comes any more. A second call waits for the first.
   */
  stop(stopMs: number): Promise<void>;
  /** Everything stored, as it is at this moment; to be closed. @throws inbox/unavailable */
  backup(options: BackupOptions): Promise<StoreBackup>;
  /** One round of the janitor, now. Never rejects. */
  tidy(): Promise<void>;
  /** Resolves once nothing is due, ready or running here, or the engine stops. */
  idle(): Promise<void>;
}

/** Of `stopMs`, what is kept for each of the commits at the end. */
const COMMIT_SHARE = 0.1;

/** Nothing runs before `start`. */
export function createInbox(options: InboxOptions): InboxEngine {
  const { store, sealer } = options;
  const parts = wireInbox(options);
  const { inbox, committer, leases, upkeep, janitor, sharedState, nodes } = parts;
  store.onWork((taskId) => parts.worker.found([taskId]));
  const orphanOf = orphanJudge(options.table, options.pluginState ?? (() => undefined));
  const maskOf = shownMasks(options);
  const desk = createDesk({
    ...{ store, sealer, orphanOf, maskOf },
    commit: async (unit) => {
      const result = await committer.submit(unit);
      // Jobs that run here and were cancelled hear of it now.
      if (unit.commands !== undefined) void leases.extendAll(true);
      return result;
    },
    pausesChanged: () => upkeep.soon(),
  });
  const quarantineDesk = createQuarantineDesk({
    ...{ store, sealer, maskOf },
    commit: (unit) => committer.submit(unit),
    dropped: () => parts.quarantine.dropped,
    purged: () => parts.quarantine.purged(),
  });
  // The key first: whoever has another one must not seal anew what is shared.
  const open = async () => {
    await agreeOnKey(store, committer, sealer);
    await sharedState.open();
  };
  const workCounts = createWorkCounter(store);
  let stopped: Promise<void> | undefined;
  return {
    inbox,
    desk,
    quarantine: parts.quarantine,
    quarantineDesk,
    deliveriesDesk: createDeliveriesDesk({ queries: store.searcher, kind: store.kind, orphanOf, maskOf }),
    schedulesDesk: createSchedulesDesk({
      ...{ table: options.table, clock: options.clock },
      pauses: () => desk.pauses(),
      tasksOf: (plugin) => inbox.tasksOf(plugin),
    }),
    workCounts,
    changes: parts.changes,
    kept: createKeptRequests({ store, sealer }),
    shared: sharedState,
    database: createDatabase(store, committer),
    hosts: nodes,
    keyProofs: keyProofs(store, committer, sealer),
    backlog: async () => backlogOf(await workCounts.counts(), store.now()),
    open,
    start: async () => {
      await open();
      await start(parts, options.clock);
    },
    quiesce: () => quiesce(parts),
    stop: (stopMs) => (stopped ??= stop(parts, stopMs)),
    backup: (wanted) => openStoreBackup(store, wanted),
    tidy: () => janitor.run(),
    idle: () => parts.idleness.reached(),
  };
}

async function start(parts: InboxParts, clock: Clock): Promise<void> {
  // Nobody else has the file: what runs in it was left by the process before.
  if (parts.store.kind === 'sqlite') await parts.reaper.reap(true);
  await parts.nodes.start();
  await parts.roster.follow();
  parts.worker.open();
  parts.leases.start();
  parts.upkeep.start();
  parts.schedules.start();
  parts.janitor.start();
  parts.idleness.start(clock);
}

function quiesce({ worker, upkeep, schedules, nodes, idleness, changes }: InboxParts): void {
  idleness.stop();
  changes.close();
  nodes.leave();
  worker.close();
  upkeep.stop();
  void schedules.stop();
}

async function stop(parts: InboxParts, stopMs: number): Promise<void> {
  const { schedules, janitor, leases, settler, nodes, sharedState, committer, store } = parts;
  quiesce(parts);
  for (const attempt of leases.all()) attempt.retiring('shutdown');
  const calm = Promise.all([schedules.stop(), janitor.stop(), leases.emptied(), parts.quarantine.stop()]);
  await within(calm, stopMs * (1 - 3 * COMMIT_SHARE));
  for (const attempt of leases.all()) attempt.expired();
  await within(leases.emptied(), stopMs * COMMIT_SHARE);
  sharedState.close();
  settler.close();
  leases.stop();
  await within(Promise.all([parts.unheard.release(), nodes.stop()]), stopMs * COMMIT_SHARE);
  await within(committer.flushed(), stopMs * COMMIT_SHARE);
  committer.serve(undefined);
  await store.close();
}

/** Resolves with the work or when the time is over; never rejects. */
async function within(work: Promise<unknown>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, mostMs)));
  await Promise.race([work.then(() => undefined).catch(() => undefined), over]);
  clearTimeout(timer);
}
