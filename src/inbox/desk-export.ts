import type { Selectable } from 'kysely';
import { HostError } from '../core/errors';
import type { ExportedJob, ExportedReceipt, InboxFilter, WorkState } from '../core/ports/inbox-desk';
import { readBody } from './desk-details';
import { jobConditions, readyFilter } from './desk-filter';
import { cursorOf } from './desk-lists';
import { tasksById } from './desk-rows';
import type { DeskSearch } from './desk-search';
import { toPublicId } from './public-id';
import type { JobTable, ReceiptTable } from './schema';

const STEP = 200;
/** A step ends after the job that passes this many bytes of bodies. */
const STEP_BYTES = 4 * 1024 ** 2;
const USUAL: readonly WorkState[] = ['later', 'ready', 'running', 'waiting'];

/** Jobs that are not done, oldest first, each with all that is needed to work it elsewhere. */
export async function exportJobs(
  search: DeskSearch,
  filter: InboxFilter,
  after: string | undefined,
): Promise<{ jobs: ExportedJob[]; next: string | undefined }> {
  if (filter.states?.includes('succeeded') === true)
    throw new HostError('inbox/bad-request', ['what succeeded is not exported: it would be worked again']);
  const ready = await readyFilter(search, { ...filter, states: filter.states ?? USUAL });
  const { queries } = search;
  const rows = await queries
    .selectFrom('job')
    .selectAll()
    .where(jobConditions(ready, search.kind))
    .where('id', '>', after === undefined ? 0 : cursorOf(after)[0])
    .orderBy('id')
    .limit(STEP)
    .execute();
  const taskOf = await tasksById(
    queries,
    rows.map((row) => row.task_id),
  );
  const jobs: ExportedJob[] = [];
  let bytes = 0;
  for (const row of rows) {
    const receipt = row.receipt_id === null ? undefined : await readReceipt(queries, row.receipt_id);
    const { plugin, name, kind } = taskOf(row.task_id);
    jobs.push({ ...jobFields(row), plugin, name, kind, receipt });
    bytes += (receipt?.body.length ?? 0) + (row.payload?.length ?? 0);
    if (bytes > STEP_BYTES) break;
  }
  const last = rows[jobs.length - 1];
  const more = jobs.length < rows.length || rows.length === STEP;
  return { jobs, next: more && last !== undefined ? String(last.id) : undefined };
}

function jobFields(row: Selectable<JobTable>) {
  return {
    format: 'gatehouse-job-1',
    id: toPublicId(row.id, row.token),
    runAt: row.run_at,
    priority: row.priority,
    lane: row.lane ?? undefined,
    payload: row.payload ?? undefined,
  } as const;
}

async function readReceipt(queries: DeskSearch['queries'], id: number): Promise<ExportedReceipt | undefined> {
  const found = await queries.selectFrom('receipt').selectAll().where('id', '=', id).executeTakeFirst();
  if (found === undefined) return undefined;
  const row: Selectable<ReceiptTable> = found;
  const body = await readBody(queries, id, row.body);
  const [task] = await queries.selectFrom('task').selectAll().where('id', '=', row.task_id).execute();
  return {
    id: toPublicId(row.id, row.token),
    plugin: task?.plugin ?? '',
    name: task?.name ?? '',
    receivedAt: row.received_at,
    method: row.method,
    target: row.target,
    meta: row.meta,
    body: body.toString('base64'),
    ip: row.ip,
    scheme: row.scheme ?? undefined,
    deliveryId: row.delivery_id ?? undefined,
    event: row.event ?? undefined,
  };
}
