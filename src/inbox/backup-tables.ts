import { dayOfTable } from './dedupe-days';
import { RESTORED } from './restore-record';
import type { TableFacts } from './snapshot';
import { DONE } from './states';

/** Dedupe keys that a restore brought from the other kind of store, whose keys are other digests. */
export const RESTORED_KEYS = 'dedupe_restored';
const LOG = /^dedupe_log_[01]$/;
/** Of a host's own doing: who runs now, and what made the tables. */
const OWN = new Set(['node', 'migration']);
/** Of `meta` what each store says of itself alone; `ticket` is among the counters. */
const OWN_META = new Set(['schema', 'oldest-reader', 'janitor', 'dedupe-log', 'reached', 'ticket']);

/** Whether rows of that table are in a backup, as they are. */
export function isKept({ name }: TableFacts): boolean {
  return !OWN.has(name) && !isOfKeys(name);
}
/** Whether it holds dedupe keys, which each kind of store has in tables of its own. */
export function isOfKeys(name: string): boolean {
  return dayOfTable(name) !== undefined || LOG.test(name) || name === RESTORED_KEYS;
}
export function isKeptMeta(name: unknown): boolean {
  return !OWN_META.has(String(name)) && !String(name).startsWith(RESTORED);
}

const UNDONE = `j.state NOT IN (${DONE.join(', ')})`;

/** Which rows are in a backup of what is not done, as SQL; undefined: all of them. `none`: not the table at all. */
export function undoneRows({ name, columns }: TableFacts): string | undefined | 'none' {
  if (name === 'refusal') return 'none';
  if (name === 'job') return UNDONE.replace('j.', 'job.');
  if (name === 'receipt') return `EXISTS (SELECT 1 FROM job j WHERE j.receipt_id = receipt.id AND ${UNDONE})`;
  if (columns.includes('job_id'))
    return `EXISTS (SELECT 1 FROM job j WHERE j.id = ${name}.job_id AND ${UNDONE})`;
  if (columns.includes('receipt_id'))
    return `EXISTS (SELECT 1 FROM job j WHERE j.receipt_id = ${name}.receipt_id AND ${UNDONE})`;
  return undefined;
}
