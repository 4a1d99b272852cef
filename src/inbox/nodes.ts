import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema';
import type { Command, Store } from './store';

/** A host of this database. */
export interface HostNode {
  readonly id: string;
  /** Where it answers. */
  readonly url: string;
  readonly pid: number;
  /** Name of its machine. */
  readonly host: string;
  /** Epoch ms of the store's clock. */
  readonly startedAt: number;
  readonly seenAt: number;
}

/** How often a host says that it is there. */
export const NODE_BEAT_MS = 2_000;
/** After so long without a word it is gone; its leases end by themselves. */
const NODE_GONE_MS = 10_000;

/** Says that this host is there, and strikes out those that have not said so for long. */
export function beat(reader: Kysely<Schema>, node: Omit<HostNode, 'seenAt'>, now: number): Command {
  const { startedAt, ...rest } = node;
  const row = { ...rest, started_at: startedAt, seen_at: now };
  const { id: _, ...current } = row;
  return {
    statements: [
      reader
        .insertInto('node')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet(current))
        .compile(),
      reader
        .deleteFrom('node')
        .where('seen_at', '<', now - NODE_GONE_MS)
        .compile(),
    ],
  };
}

/** Of a host that stops. */
export function farewell(reader: Kysely<Schema>, id: string): Command {
  return { statements: [reader.deleteFrom('node').where('id', '=', id).compile()] };
}

/** The hosts that are there, the longest running first. */
export async function listNodes(store: Pick<Store, 'reader' | 'now'>): Promise<HostNode[]> {
  const rows = await store.reader
    .selectFrom('node')
    .selectAll()
    .where('seen_at', '>=', store.now() - NODE_GONE_MS)
    .orderBy('started_at')
    .orderBy('id')
    .execute();
  return rows.map(toNode);
}

function toNode({ started_at, seen_at, ...row }: Selectable<Schema['node']>): HostNode {
  return { ...row, startedAt: started_at, seenAt: seen_at };
}
