import { sql, type Kysely, type RawBuilder } from 'kysely';
import { groundOf, within, type Ground, type Place, type Stretch } from './desk-look';
import type { RareJobs, ReceiptSpan } from './rare-jobs';
import type { Schema } from './schema';

type Queries = Kysely<Schema>;

/** All rows of a table; of receipts those of some endpoints, which an index lists. */
export function tableGround(
  queries: Queries,
  table: 'receipt' | 'job',
  taskIds: readonly number[] = [],
): Ground {
  const ofTasks = taskIds.length === 0 ? sql`` : sql` and task_id in (${sql.join(taskIds)})`;
  return {
    stretch: async (below, rows) => {
      const before = below === undefined ? sql`id > 0` : sql`id > 0 and id < ${below[0]}`;
      return endingAt(
        below,
        await rowAfter(queries, sql`${sql.table(table)} where ${before}${ofTasks}`, rows),
      );
    },
  };
}

/** Where receipts are looked for: among few, where they are known. */
export function receiptGround(
  queries: Queries,
  taskIds: readonly number[] | undefined,
  rare: RareJobs | undefined,
  span: ReceiptSpan | undefined,
): Ground {
  const ids = rare?.receipts ?? span?.ids;
  if (ids !== undefined) return groundOf(ids);
  const all = tableGround(queries, 'receipt', taskIds);
  return span === undefined ? all : within(all, span.lowest, span.highest);
}

/** All attempts; a stretch ends with all those of a job. */
export function attemptGround(queries: Queries): Ground {
  return {
    stretch: async (below, rows) => {
      const before = below === undefined ? sql`` : sql` where ${attemptsBelow(below)}`;
      const from = sql`(select job_id as id from attempt${before} order by job_id desc, n desc limit ${rows}) newest`;
      return endingAt(below, await rowAfter(queries, from, rows));
    },
  };
}

/** Which rows of a table are in a stretch. */
export function inStretch(table: 'receipt' | 'job', { below, lowest, ids }: Stretch): RawBuilder<boolean> {
  const id = sql.ref(`${table}.id`);
  if (ids !== undefined) return sql<boolean>`${id} in (${sql.join(ids)})`;
  const above = sql<boolean>`${id} >= ${lowest}`;
  return below === undefined ? above : sql<boolean>`${above} and ${id} < ${below[0]}`;
}

/** Which attempts are in a stretch. */
export function inAttempts({ below, lowest }: Stretch): RawBuilder<boolean> {
  const above = sql<boolean>`attempt.job_id >= ${lowest}`;
  return below === undefined ? above : sql<boolean>`${above} and ${attemptsBelow(below)}`;
}

function attemptsBelow([job, n = 0]: Place): RawBuilder<boolean> {
  return sql<boolean>`(attempt.job_id, attempt.n) < (${job}, ${n})`;
}

/** The last of so many rows, newest first; undefined where there are fewer. */
async function rowAfter(
  queries: Queries,
  from: RawBuilder<unknown>,
  rows: number,
): Promise<number | undefined> {
  const found = await sql<{
    id: number;
  }>`select id from ${from} order by id desc limit 1 offset ${rows - 1}`.execute(queries);
  const [row] = found.rows;
  return row === undefined ? undefined : Number(row.id);
}

function endingAt(below: Place | undefined, lowest: number | undefined): Stretch {
  return { below, lowest: lowest ?? 0, isLast: lowest === undefined };
}
