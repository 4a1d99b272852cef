import { keyDigest } from '../dedupe-days';
import type { DedupeKey } from '../store';
import { Rows } from './rows';
import type { Statement } from './transaction';

/**
 * The tables of the days a key is looked for in. `homes`: where a new key is written, one after the other; two around
 * midnight, so that two hosts that disagree on the day still meet. Today's is the first of them: whoever has a single one
 * by now has that one, so that hosts meet in the first table they write, and none leaves a row behind in another.
 */
export interface DedupeTables {
  readonly older: readonly string[];
  readonly homes: readonly string[];
}
/** Of statements without any key. */
export const NO_DEDUPE: DedupeTables = { older: [], homes: [] };

/** Part of a statement's name: a statement that looks in other days is another one. */
export function dedupeName({ older, homes }: DedupeTables): string {
  return [...older, ...homes].map((table) => table.slice(-4)).join('') + homes.length;
}

/**
 * Common table expressions from `input` (with `dedupe_task`, `dedupe_key`, `since` and `ord`) to `judged`: the same
 * rows with `earlier`, what an older key points to, `id`, drawn from `sequence` for the rest, and `stored`, false where
 * somebody's key came first. A key that another transaction is about to commit is waited for.
 *
 * Every look into a table is a scalar subquery: those the planner neither hashes nor joins, and an index serves them
 * however little it knows of the table yet.
 *
 * `isFreed`: a condition on a target, true once that holds its key no more. What another transaction just freed may still
 * be seen as held.
 */
export function judgedBy(
  { older, homes }: DedupeTables,
  sequence: string,
  now: string,
  isFreed: (target: string) => string = () => 'false',
): string[] {
  if (homes.length === 0)
    return [
      `judged AS MATERIALIZED (SELECT i.*, NULL::bigint AS earlier, nextval('${sequence}') AS id, true AS stored FROM input i)`,
    ];
  // In a second home as well: yesterday's keys were written there alone.
  const looks = [...older, ...homes.slice(1)].map(
    (table) =>
      `(SELECT d.target FROM ${table} d WHERE d.task_id = i.dedupe_task AND d.key = i.dedupe_key AND d.at > i.since AND NOT ${isFreed('d.target')} LIMIT 1)`,
  );
  const earlier = looks.length === 0 ? 'NULL::bigint' : `coalesce(${looks.join(', ')})`;
  const kept = homes.map((table, index) => {
    const before = index === 0 ? '' : ` AND n.id IN (SELECT k.target FROM kept_${index - 1} k)`;
    return `kept_${index} AS (
      INSERT INTO ${table} AS d (task_id, key, target, at)
      SELECT n.dedupe_task, n.dedupe_key, n.id, ${now} FROM numbered n
      WHERE n.dedupe_key IS NOT NULL AND n.earlier IS NULL${before} ORDER BY n.dedupe_task, n.dedupe_key
      ON CONFLICT (task_id, key) DO UPDATE SET target = excluded.target, at = excluded.at
      WHERE d.at <= (SELECT n.since FROM numbered n WHERE n.id = excluded.target) OR ${isFreed('d.target')}
      RETURNING d.target)`;
  });
  return [
    `examined AS MATERIALIZED (SELECT i.*, ${earlier} AS earlier FROM input i)`,
    `numbered AS MATERIALIZED (
      SELECT e.*, CASE WHEN e.earlier IS NULL THEN nextval('${sequence}') END AS id FROM examined e)`,
    ...kept,
    `judged AS MATERIALIZED (
      SELECT n.*, n.earlier IS NULL AND (n.dedupe_key IS NULL OR n.id IN (SELECT k.target FROM kept_${homes.length - 1} k)) AS stored
      FROM numbered n)`,
  ];
}

export function digestOf(dedupe: DedupeKey | undefined): Buffer | undefined {
  return dedupe === undefined ? undefined : keyDigest(dedupe.key);
}

/** An operation whose key is taken; `earlier` where it is known already what by. */
export interface Taken {
  readonly dedupe: DedupeKey;
  readonly earlier: number | undefined;
}
const taken = new Rows<Taken>('t', [
  { name: 'task_id', type: 'bigint', of: ({ dedupe }) => dedupe.taskId },
  { name: 'key', type: 'bytea', of: ({ dedupe }) => keyDigest(dedupe.key) },
  { name: 'earlier', type: 'bigint', of: ({ earlier }) => earlier },
]);

/** For each of them, in order, `id` and the given columns of the row its key names; null where that is gone. */
export function takenStatement(
  keys: readonly Taken[],
  table: 'receipt' | 'job',
  columns: readonly string[],
  { homes }: DedupeTables,
): Statement {
  const looks = homes.map(
    (home) => `(SELECT d.target FROM ${home} d WHERE d.task_id = t.task_id AND d.key = t.key)`,
  );
  return {
    text: `SELECT x.id, ${columns.map((column) => `r.${column}`).join(', ')}
      FROM (SELECT t.ord, coalesce(${['t.earlier', ...looks].join(', ')}) AS id FROM ${taken.source}) x
      LEFT JOIN ${table} r ON r.id = x.id ORDER BY x.ord`,
    values: taken.values(keys),
  };
}
