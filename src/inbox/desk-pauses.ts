import { sql, type CompiledQuery } from 'kysely';
import { HostError } from '../core/errors';
import type { Pause, PauseTarget } from '../core/ports/inbox-desk';
import { commitCommand, type DeskCommit } from './desk-commit';
import { giveHeads, type Lane } from './desk-lanes';
import { tasksById } from './desk-rows';
import { newToken } from './public-id';
import { HOLDS_LANE, STATE } from './states';
import type { Store } from './store';

/** A time no clock reaches (ECMA-262 §21.4.1.1). */
const NEVER = 8_640_000_000_000_000;
/** What a lane that is paused waits for; no name an author can give starts like that. */
const PAUSED = '!paused';

/**
 * Pauses a plugin, a task or endpoint, or one lane. The first two the workers read. A lane is paused by a job of its
 * own that never ends and, by an id below zero, stands before all others: what keeps lanes in order keeps it shut, on
 * every host, at no cost to lanes that are not paused. What runs already ends its attempt; whatever becomes of it, it is
 * not claimed again before the lane is resumed.
 * @throws inbox/not-found for a task or endpoint nothing was ever stored for
 */
export async function pause(
  store: Store,
  commit: DeskCommit,
  target: PauseTarget,
  reason: string | undefined,
): Promise<boolean> {
  const { scope, lane } = await scopeOf(store, target);
  const { reader } = store;
  const insert = reader
    .insertInto('pause')
    .values({ scope, at: store.now(), reason: reason ?? null })
    .onConflict((conflict) => conflict.column('scope').doNothing())
    .compile();
  const command =
    lane === undefined
      ? { statements: [insert] }
      : { statements: [insert, ...shut(store, lane)], lanes: [lane] };
  const [paused = 0] = await commitCommand(commit, command);
  return paused > 0;
}

/** Undoes `pause`. @throws inbox/not-found as there */
export async function resume(store: Store, commit: DeskCommit, target: PauseTarget): Promise<boolean> {
  const { scope, lane } = await scopeOf(store, target);
  const { reader } = store;
  const remove = reader.deleteFrom('pause').where('scope', '=', scope).compile();
  if (lane === undefined) {
    const [resumed = 0] = await commitCommand(commit, { statements: [remove] });
    return resumed > 0;
  }
  const statements = [remove, ...reopened(store, lane), ...giveHeads(store, [lane])];
  const [resumed = 0] = await commitCommand(commit, { statements, lanes: [lane] }, [lane.taskId]);
  return resumed > 0;
}

/** Everything that is paused, the latest first. */
export async function listPauses({ reader }: Store): Promise<Pause[]> {
  const rows = await reader.selectFrom('pause').selectAll().orderBy('at', 'desc').execute();
  const read = rows.map(({ scope, at, reason }) => {
    const [kind = '', first = '', ...rest] = scope.split(':');
    return { kind, first, lane: rest.join(':'), since: at, reason: reason ?? undefined };
  });
  const taskOf = await tasksById(
    reader,
    read.filter(({ kind }) => kind !== 'plugin').map(({ first }) => Number(first)),
  );
  return read.map(({ kind, first, lane, since, reason }) => {
    if (kind === 'plugin') return { plugin: first, since, reason };
    const { plugin, name } = taskOf(Number(first));
    return { plugin, name, ...(kind === 'lane' ? { lane } : {}), since, reason };
  });
}

async function scopeOf(
  { reader }: Store,
  { plugin, name, lane }: PauseTarget,
): Promise<{ scope: string; lane: Lane | undefined }> {
  if (name === undefined) {
    if (lane === undefined) return { scope: `plugin:${plugin}`, lane: undefined };
    throw new HostError('inbox/bad-request', ['a lane is one of a task or endpoint; name it too']);
  }
  const task = await reader
    .selectFrom('task')
    .select('id')
    .where('plugin', '=', plugin)
    .where('name', '=', name)
    .executeTakeFirst();
  if (task === undefined) throw new HostError('inbox/not-found', ['work of', `${plugin} ${name}`]);
  if (lane === undefined) return { scope: `task:${task.id}`, lane: undefined };
  return { scope: `lane:${task.id}:${lane}`, lane: { taskId: task.id, lane } };
}

/**
 * A head that never ends, unless there is one. The job whose turn it was steps back, running or not, so that no end of
 * its attempt lets it go on; the holder's payload is its number, for it has its turn again afterwards.
 */
function shut(store: Store, { taskId, lane }: Lane): CompiledQuery[] {
  const isThere = sql`exists (select 1 from job where id < 0 and task_id = ${taskId} and lane = ${lane})`;
  const first = sql`(select coalesce(min(id), 0) - 1 from job where id < 0)`;
  const isHead = sql`task_id = ${taskId} and lane = ${lane} and ${sql.raw(HOLDS_LANE)} and lane_head = 1 and id > 0`;
  return [
    sql`insert into job (id, token, state, run_at, priority, task_id, lane, lane_head, attempt, crashes, awaited, payload, created_at)
      select ${first}, ${newToken()}, ${sql.lit(STATE.waiting)}, cast(${NEVER} as bigint), 0, cast(${taskId} as bigint),
        cast(${lane} as text), 1, 0, 0, ${PAUSED}, (select cast(min(id) as text) from job where ${isHead}),
        cast(${store.now()} as bigint) where not ${isThere}`.compile(store.reader),
    sql`update job set lane_head = 0 where ${isHead}`.compile(store.reader),
  ];
}

/** Without the holder. Whose turn it was has it again, if it is still there; else the lane has no head now. */
function reopened({ reader }: Store, { taskId, lane }: Lane): CompiledQuery[] {
  const isHolder = sql`id < 0 and task_id = ${taskId} and lane = ${lane}`;
  return [
    sql`update job set lane_head = 1 where ${sql.raw(HOLDS_LANE)}
      and id = (select cast(payload as bigint) from job where ${isHolder})`.compile(reader),
    sql`delete from job where ${isHolder}`.compile(reader),
  ];
}
