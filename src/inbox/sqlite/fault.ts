import { HostError, toError } from '../../core/errors';

const RETRY_AFTER = { 'retry-after': '5' };
const ABOUT_STATEMENT = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE|ERROR)(_|$)/;
const PASSING = /^SQLITE_(BUSY|LOCKED|FULL|INTERRUPT)(_|$)/;

/** Nothing was stored. The cause is the database's error. */
export function unavailable(cause: unknown): HostError {
  return new HostError('inbox/unavailable', [], { cause, headers: RETRY_AFTER });
}

/** True when what was asked is at fault, not the database: the transaction may go on after a savepoint. */
export function isAboutStatement(thrown: unknown): boolean {
  const error = toError(thrown);
  return error.name === 'TypeError' || error.name === 'RangeError' || ABOUT_STATEMENT.test(codeOf(error));
}

/** True when the connection is as good as before; after anything else it is opened anew. */
export function leavesConnection(thrown: unknown): boolean {
  return isAboutStatement(thrown) || PASSING.test(codeOf(toError(thrown)));
}

function codeOf(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : '';
}
