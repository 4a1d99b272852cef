import { sql } from 'kysely';
import { HOST_KEY, HOST_TASKS } from '../core/host-key';
import type { CausedWork } from '../core/ports/deliveries-desk';
import { stateNamed, tasksById, type TaskOfRow } from './desk-rows';
import type { DeskSearch } from './desk-search';
import { toPublicId } from './public-id';

const MOST = 100;
/** A longer payload is not looked into for its label. */
const PAYLOAD_CHARACTERS = 65_536;

/** What these jobs stored with their success, what that did in turn, and runs they asked for; the oldest hundred. */
export async function causedBy(
  { queries }: DeskSearch,
  jobIds: readonly number[],
): Promise<readonly CausedWork[]> {
  if (jobIds.length === 0) return [];
  const { rows } = await sql<{
    id: number;
    token: string;
    task_id: number;
    state: number;
    created_at: number;
    payload: string | null;
  }>`with recursive caused(id) as (
      select job_id from job_cause where cause_id in (${sql.join(jobIds)})
      union select c.job_id from job_cause c join caused on c.cause_id = caused.id)
    select job.id, token, task_id, state, created_at,
      case when length(payload) <= ${sql.lit(PAYLOAD_CHARACTERS)} then payload end as payload
    from job where job.id in (select id from caused order by id limit ${sql.lit(MOST)}) order by job.id`.execute(
    queries,
  );
  const taskOf = await tasksById(
    queries,
    rows.map((row) => Number(row.task_id)),
  );
  return rows.map((row) => {
    const task = taskOf(Number(row.task_id));
    return {
      ...toldBy(task, payloadOf(row.payload)),
      jobId: toPublicId(Number(row.id), row.token),
      name: task.name,
      state: stateNamed(row.state),
      at: Number(row.created_at),
    };
  });
}

type Payload = Readonly<Record<string, unknown>>;

/** What a job is for people, by its task and what it carries. */
function toldBy(
  { plugin, name }: TaskOfRow,
  payload: Payload,
): Pick<CausedWork, 'kind' | 'plugin' | 'label'> {
  if (plugin === HOST_KEY) {
    if (name === HOST_TASKS.message)
      return {
        kind: 'message',
        plugin: text(payload['from'], plugin),
        label: text(payload['chatKey'], name),
      };
    if (name === HOST_TASKS.mail)
      return { kind: 'mail', plugin: text(payload['plugin'], plugin), label: text(payload['subject'], name) };
    if (name === HOST_TASKS.run) return { kind: 'run', plugin, label: text(payload['run'], name) };
    if (name === HOST_TASKS.binding)
      return { kind: 'event', plugin, label: typeOf(payload['event']) ?? name };
  }
  const type = typeOf(payload);
  return type === undefined ? { kind: 'job', plugin, label: name } : { kind: 'event', plugin, label: type };
}

/** The type of a CloudEvent; undefined for anything else. */
function typeOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { specversion, type } = given as Payload;
  return typeof specversion === 'string' && typeof type === 'string' ? type : undefined;
}

function payloadOf(json: string | null): Payload {
  const value: unknown = json === null ? undefined : JSON.parse(json);
  return typeof value === 'object' && value !== null ? (value as Payload) : {};
}

const text = (given: unknown, otherwise: string) => (typeof given === 'string' ? given : otherwise);
