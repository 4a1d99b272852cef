import { hash } from 'node:crypto';
import type { MountTable } from '../../core/mount-table';
import type { ToolEntry } from '../../core/tool-call';

/** What agents' APIs take for the name of a tool. @see https://modelcontextprotocol.io/specification/2026-07-28 (tools) */
const LONGEST_ID = 128;
const MARK_LENGTH = 8;

type Named = Pick<ToolEntry, 'key' | 'name'>;

/** The tools of all live mounts, by key, then as declared. */
export function toolEntries(table: MountTable): readonly ToolEntry[] {
  const live = table
    .keys()
    .sort()
    .flatMap((key) => table.get(key)?.live ?? []);
  const entries = live.flatMap(({ mount: { key, tools } }) =>
    tools.map(({ name, description, inputSchema }) => ({ key, name, description, inputSchema })),
  );
  const counts = new Map<string, number>();
  for (const { key, name } of entries) counts.set(idOf(key, name), (counts.get(idOf(key, name)) ?? 0) + 1);
  const isOwn = ({ key, name }: Named) =>
    counts.get(idOf(key, name)) === 1 && idOf(key, name).length <= LONGEST_ID;
  const ids = idsOf(
    entries.filter(isOwn),
    entries.filter((entry) => !isOwn(entry)),
  );
  return entries.map((entry) => ({ ...entry, id: ids.get(entry) as string }));
}

/** Marked ones first: by its name no tool takes the id of another, but gets a mark itself. */
function idsOf(own: readonly Named[], marked: readonly Named[]): ReadonlyMap<Named, string> {
  const ids = new Map<Named, string>();
  const taken = new Set<string>();
  const take = (entry: Named, id: string) => {
    ids.set(entry, id);
    taken.add(id);
  };
  const mark = (entry: Named) => {
    let turn = 0;
    while (taken.has(markedId(entry, turn))) turn += 1;
    take(entry, markedId(entry, turn));
  };
  marked.forEach(mark);
  const late = own.filter(({ key, name }) => taken.has(idOf(key, name)));
  for (const entry of own) if (!late.includes(entry)) take(entry, idOf(entry.key, entry.name));
  late.forEach(mark);
  return ids;
}

function idOf(key: string, name: string): string {
  return `${key.replace('.', '_')}__${name}`;
}

/** `a_b.c` and `a.b_c` read the same without the dot: both are told apart, so that neither is taken for the other. */
function markedId({ key, name }: Named, turn: number): string {
  const text = turn === 0 ? `${key}/${name}` : `${key}/${name}/${turn}`;
  const mark = hash('sha256', text, 'hex').slice(0, MARK_LENGTH);
  return `${idOf(key, name).slice(0, LONGEST_ID - MARK_LENGTH - 1)}_${mark}`;
}
