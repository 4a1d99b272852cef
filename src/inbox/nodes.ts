import type { Kysely, Selectable } from 'kysely';
import type { NodeStatus } from '../core/ports/inbox-desk';
import type { Schema } from './schema';
import type { Command, Store } from './store';

/** What a host said of one topic. */
export interface Said {
  readonly revision: number;
  readonly text: string;
}
/** A host of this database, as its row has it. */
export interface HostNode extends NodeStatus {
  /** By topic. */
  readonly said: Readonly<Record<string, Said>>;
}

/** How often a host says that it is there. */
export const NODE_BEAT_MS = 2_000;
/** After so long without a word it is gone; its leases end by themselves. */
export const NODE_GONE_MS = 10_000;
/** After so long something is wrong with it. */
const NODE_SILENT_MS = 3 * NODE_BEAT_MS;

/** Says that this host is there, and strikes out those that have not said so for long. */
export function beat(
  reader: Kysely<Schema>,
  node: Omit<HostNode, 'seenAt' | 'state'> & { readonly state: 'serving' | 'stopping' },
  now: number,
): Command {
  const { startedAt, plugins, said, ...rest } = node;
  const texts = { plugins: JSON.stringify(plugins), said: JSON.stringify(said) };
  const row = { ...rest, ...texts, started_at: startedAt, seen_at: now };
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
export async function listNodes(store: Pick<Store, 'reader' | 'now'>): Promise<NodeStatus[]> {
  const nodes = await readNodes(store);
  return nodes.map(({ said: _, ...status }) => status);
}

/** As `listNodes`, with what they said. */
export async function readNodes(store: Pick<Store, 'reader' | 'now'>): Promise<HostNode[]> {
  const rows = await store.reader
    .selectFrom('node')
    .selectAll()
    .where('seen_at', '>=', store.now() - NODE_GONE_MS)
    .orderBy('started_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => toNode(row, store.now()));
}

function toNode(
  { started_at, seen_at, plugins, said, state, ...row }: Selectable<Schema['node']>,
  now: number,
): HostNode {
  return {
    ...row,
    startedAt: started_at,
    seenAt: seen_at,
    state: now - seen_at > NODE_SILENT_MS ? 'silent' : state,
    plugins: JSON.parse(plugins) as HostNode['plugins'],
    said: JSON.parse(said) as HostNode['said'],
  };
}
