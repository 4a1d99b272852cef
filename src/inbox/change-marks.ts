import { sql } from 'kysely';
import type { ChangeTopic } from '../core/ports/change-feed';
import type { Store } from './store';

/** For each topic something that is another once anything of it changed. */
export type ChangeMarks = Readonly<Partial<Record<ChangeTopic, string>>>;

const newest = (table: string) => sql`(select max(id) from ${sql.table(table)})`;
const revisions = (...spaces: readonly string[]) =>
  sql`(select sum(revision) from shared where space in (${sql.join(spaces)}))`;

/**
 * What other hosts of the database did, as far as numbers that only grow tell it: the newest rows, the tickets of what was
 * begun, revisions of what is shared. Each is read by an index.
 */
export async function readMarks({ reader }: Pick<Store, 'reader'>): Promise<ChangeMarks> {
  const { rows } = await sql<Record<ChangeTopic, unknown>>`select
    ${revisions('plugins', 'config')} as plugins,
    ${newest('receipt')} as receipts,
    concat_ws(' ', ${newest('job')}, (select last_value from ticket_seq),
      (select count(*) from job where state = 2), (select count(*) from pause)) as jobs,
    ${newest('refusal')} as refusals,
    concat_ws(' ', ${newest('chat_message')}, (select count(*) from chat_message where sent_at > ${Date.now() - 60_000})) as messages,
    ${revisions('secrets', 'user-secrets', 'signed-urls')} as secrets,
    ${revisions('tokens')} as tokens,
    (select string_agg(id || state, ' ' order by id) from node) as nodes,
    (select max(id) from audit) as audit`.execute(reader);
  const marks = Object.entries(rows[0] ?? {}).map(([topic, mark]) => [topic, String(mark)]);
  return Object.fromEntries(marks) as ChangeMarks;
}
