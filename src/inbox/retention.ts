import { sql } from 'kysely';
import { DONE } from './states';
import type { Command, Store } from './store';

const DONE_LIST = sql.join(DONE.map((state) => sql.lit(state)));

/** Removes receipts with their bodies and done jobs; one that has any other job stays. Its last count: receipts gone. */
export function removeReceipts({ reader }: Store, ids: readonly number[]): Command {
  const list = sql.join(ids);
  const gone = sql`receipt_id in (${list}) and receipt_id not in (
    select receipt_id from job where receipt_id in (${list}) and state not in (${DONE_LIST}))`;
  const jobs = sql`select id from job where ${gone}`;
  const statements = [
    sql`delete from attempt where job_id in (${jobs})`,
    sql`delete from signal where job_id in (${jobs})`,
    sql`delete from job_cause where job_id in (${jobs})`,
    sql`delete from job where ${gone}`,
    sql`delete from receipt_body where receipt_id in (${list})
      and not exists (select 1 from job where job.receipt_id = receipt_body.receipt_id)`,
    sql`delete from receipt where id in (${list})
      and not exists (select 1 from job where job.receipt_id = receipt.id) returning id`,
  ];
  return { statements: statements.map((statement) => statement.compile(reader)) };
}

/** Removes done jobs. Its last count: jobs gone. */
export function removeJobs({ reader }: Store, ids: readonly number[]): Command {
  const done = sql`id in (${sql.join(ids)}) and state in (${DONE_LIST})`;
  const jobs = sql`select id from job where ${done}`;
  const statements = [
    sql`delete from attempt where job_id in (${jobs})`,
    sql`delete from signal where job_id in (${jobs})`,
    sql`delete from job_cause where job_id in (${jobs})`,
    sql`delete from job where ${done} returning id`,
  ];
  return { statements: statements.map((statement) => statement.compile(reader)) };
}
