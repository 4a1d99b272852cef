import { sql, type CompiledQuery } from 'kysely';
import { HOLDS_LANE } from './states';
import type { Store } from './store';

export interface Lane {
  readonly taskId: number;
  readonly lane: string;
}

/** The lanes of rows, each once. */
export function lanesOf(rows: readonly { task_id: number; lane: string | null }[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const { task_id: taskId, lane } of rows)
    if (lane !== null) lanes.set(`${taskId} ${lane}`, { taskId, lane });
  return [...lanes.values()];
}

/** Gives a head to those of the lanes that have work and none: after rows of them came back or went away. */
export function giveHeads({ reader }: Store, lanes: readonly Lane[]): CompiledQuery[] {
  if (lanes.length === 0) return [];
  const pairs = lanes.map(({ taskId, lane }) => sql`(cast(${taskId} as bigint), cast(${lane} as text))`);
  return [
    sql`update job set lane_head = 1 where id in (
      select min(id) from job where (task_id, lane) in (values ${sql.join(pairs)}) and lane is not null and ${sql.raw(HOLDS_LANE)}
      group by task_id, lane having max(lane_head) = 0)`.compile(reader),
  ];
}
