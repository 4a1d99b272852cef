import type { Kysely } from 'kysely';
import type { WorkState } from '../core/ports/inbox-desk';
import { toPublicId } from './public-id';
import type { Schema } from './schema';
import { STATE } from './states';

type Reader = Kysely<Schema>;
export interface TaskOfRow {
  readonly plugin: string;
  readonly name: string;
  readonly kind: 'task' | 'endpoint';
}
const GONE: TaskOfRow = { plugin: '?', name: '?', kind: 'task' };

const NAMES: ReadonlyMap<number, WorkState> = new Map(
  Object.entries(STATE).map(([name, number]) => [number, name as WorkState]),
);
/** States by their number. */
export function stateNamed(number: number): WorkState {
  return NAMES.get(number) ?? 'later';
}

/** Nulls of the database, as the rest of the host writes them. */
export function orUndefined<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

/** Who works what, by task id. A look-up of its own: joined, the planner may start from the wrong table. */
export async function tasksById(
  reader: Reader,
  ids: Iterable<number>,
): Promise<(taskId: number) => TaskOfRow> {
  const wanted = [...new Set(ids)];
  const rows =
    wanted.length === 0
      ? []
      : await reader.selectFrom('task').selectAll().where('id', 'in', wanted).execute();
  const found = new Map(rows.map((row) => [row.id, row]));
  return (taskId) => found.get(taskId) ?? GONE;
}

/** Public ids of receipts, by their number; undefined for one that was purged. */
export async function receiptIds(
  reader: Reader,
  ids: Iterable<number | null>,
): Promise<(id: number | null) => string | undefined> {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  const rows =
    wanted.length === 0
      ? []
      : await reader.selectFrom('receipt').select(['id', 'token']).where('id', 'in', wanted).execute();
  const found = new Map(rows.map((row) => [row.id, toPublicId(row.id, row.token)]));
  return (id) => (id === null ? undefined : found.get(id));
}

/** Rows by what `key` says of them, in order. */
export function groupBy<T, K>(rows: readonly T[], key: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
