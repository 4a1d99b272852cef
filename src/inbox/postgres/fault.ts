import { HostError, toError } from '../../core/errors';
import { UNHEARD } from '../store';

/** Deadlocks and the like. */
const PASSING = new Set(['40P01', '40001', '55P03', 'gatehouse/moved']);
const NO_SUCH_TABLE = '42P01';
const RETRY_AFTER = { 'retry-after': '5' };

/** What was looked at has changed before it could be locked. */
export class Moved extends Error {
  readonly code = 'gatehouse/moved';
}

/** The connection broke after the commit was asked for, and before it was heard of. */
export class Unheard extends Error {
  readonly code = UNHEARD;
}

/** True when the same again may succeed. */
export function isPassing(thrown: unknown): boolean {
  return PASSING.has(codeOf(thrown) ?? '') || isForgottenDay(thrown);
}

/** Another host dropped a day's dedupe keys that were about to be looked at. */
export function isForgottenDay(thrown: unknown): boolean {
  return isMissingTable(thrown) && toError(thrown).message.includes('dedupe_');
}

/** A statement names a table that is not there. */
export function isMissingTable(thrown: unknown): boolean {
  return codeOf(thrown) === NO_SUCH_TABLE;
}

/** True when the connection may still be used: the server refused a statement, nothing worse. */
export function isAboutStatement(thrown: unknown): boolean {
  const code = codeOf(thrown) ?? '';
  return /^(0A|2[1-8]|40|42|44|54|55|P0)[0-9A-Z]{3}$/.test(code) || code === 'gatehouse/moved';
}

/**
 * Nothing was stored, or, when the connection broke during the commit, it is not known. Saying so is safe: a sender
 * sends again and finds its key taken, and a job that was settled unheard has no ticket left to be settled by.
 * The cause carries the server's words and code only: errors of the driver can hold a whole connection.
 */
export function unavailable(thrown: unknown): HostError {
  const { message } = toError(thrown);
  const code = codeOf(thrown);
  const cause = Object.assign(new Error(message), code === undefined ? {} : { code });
  return new HostError('inbox/unavailable', [], { cause, headers: RETRY_AFTER });
}

function codeOf(thrown: unknown): string | undefined {
  const code = (toError(thrown) as { code?: unknown }).code;
  return typeof code === 'string' ? code : undefined;
}
