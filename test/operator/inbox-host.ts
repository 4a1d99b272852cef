import path from 'node:path';
import type { AuditLog } from '../../src/core/ports/audit';
import type { InboxDesk } from '../../src/core/ports/inbox-desk';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import type { Store } from '../../src/inbox/store';
import { count, draftOf, engineOn, hook, task, temporaryFolder, until } from '../inbox/engine-under-test';
import { StoredAuditLog } from '../../src/operator/audit-log';
import type { OperatorPorts } from '../../src/operator/operator';
import { createDataDesk } from '../../src/state/data-desk';
import { keptLogger } from '../state/secrets-under-test';
import { startOperatorHost, type OperatorHost } from './operator-host';

/** An operator's host with an inbox: a plugin `acme.ci` whose deliveries and jobs fail when they say `bad`. */
export interface InboxHost {
  readonly operator: OperatorHost;
  readonly desk: InboxDesk;
  readonly audit: AuditLog;
  readonly store: Store;
  readonly folder: string;
  /** What is said to be bad fails no more. */
  mend(): void;
  /** The plugin goes away; what is stored for it stays. */
  unmount(): void;
  /** Stores a delivery; the id of its receipt. */
  deliver(body: string, more?: { ip?: string; headers?: readonly string[] }): Promise<string>;
  /** Stores a job; its id. */
  enqueue(payload: unknown, options?: { lane?: string; runAt?: number }): Promise<string>;
  /** Stores a job that waits for the signal `approved`; its id. */
  wait(): Promise<string>;
  /** Resolves once so many are in that state. */
  reached(state: Parameters<typeof count>[1], amount: number): Promise<void>;
  close(): Promise<void>;
}

export const KEY = 'acme.ci';

/** `more`: further parts of its operator. */
export async function startInboxHost(more: Partial<OperatorPorts> = {}): Promise<InboxHost> {
  const { folder, remove } = temporaryFolder();
  const store = await SqliteStore.open({ file: path.join(folder, 'inbox.db') });
  const engine = engineOn(store, { node: 'host-1' });
  let isMended = false;
  const check = (text: string) => {
    if (!isMended && text.includes('bad')) throw new Error('\u001b[31mthe build server said no');
  };
  const github = hook('/github', (exchange) => check(exchange.text()));
  const approval = task('approval', async (_payload, job) => void (await job.waitFor('approved')));
  engine.put(KEY, [github, task('work', (payload) => check(JSON.stringify(payload))), approval]);
  await engine.start();
  const { database, quarantineDesk: quarantine, deliveriesDesk: deliveries, schedulesDesk, changes } = engine;
  const audit = new StoredAuditLog({ database, logger: keptLogger().logger, keepMs: 86_400_000 });
  const operator = await startOperatorHost(undefined, engine.desk, undefined, {
    ...{ quarantine, deliveries, changes, schedules: schedulesDesk, data: createDataDesk(database) },
    audit,
    ...more,
  });
  const { plugin } = draftOf(KEY, github);
  return {
    operator,
    desk: engine.desk,
    audit,
    store,
    folder,
    mend: () => (isMended = true),
    unmount: () => void engine.table.remove(plugin),
    deliver: async (body, more = {}) => {
      const draft = draftOf(KEY, github, { request: { body: Buffer.from(body), ...more } });
      return (await engine.inbox.accept(draft)).receiptId;
    },
    enqueue: async (payload, options) =>
      (await engine.inbox.tasksOf(plugin).enqueue('work', payload, options)).id,
    wait: async () => (await engine.inbox.tasksOf(plugin).enqueue('approval')).id,
    reached: async (state, amount) => {
      await until(`${amount} ${state}`, async () => (await count(store, state)) === amount);
    },
    close: async () => {
      await operator.close();
      await engine.stop(2_000);
      remove();
    },
  };
}
