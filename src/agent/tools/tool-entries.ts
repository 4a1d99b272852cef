import { hash } from 'node:crypto';
import type { MountTable } from '../../core/mount-table';
import type { ToolEntry } from '../../core/tool-call';

/** What agents' APIs take for the name of a tool. @see https://modelcontextprotocol.io/specification/2026-07-28 (tools) */
const LONGEST_ID = 128;
const MARK_LENGTH = 8;

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
  return entries.map((entry) => {
    const id = idOf(entry.key, entry.name);
    const isOwn = counts.get(id) === 1 && id.length <= LONGEST_ID;
    return { ...entry, id: isOwn ? id : markedId(id, entry.key, entry.name) };
  });
}

function idOf(key: string, name: string): string {
  return `${key.replace('.', '_')}__${name}`;
}

/** `a_b.c` and `a.b_c` read the same without the dot: both are told apart, so that neither is taken for the other. */
function markedId(id: string, key: string, name: string): string {
  const mark = hash('sha256', `${key}/${name}`, 'hex').slice(0, MARK_LENGTH);
  return `${id.slice(0, LONGEST_ID - MARK_LENGTH - 1)}_${mark}`;
}
