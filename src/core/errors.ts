import { agentErrors } from './errors/agent-errors';
import { apiErrors } from './errors/api-errors';
import { hostErrors } from './errors/host-errors';
import type { ErrorEntry } from './errors/error-entry';
import { inboxErrors } from './errors/inbox-errors';
import { installErrors } from './errors/install-errors';
import { outgoingErrors } from './errors/outgoing-errors';
import { pluginErrors } from './errors/plugin-errors';
import { requestErrors } from './errors/request-errors';
import { sampleErrors } from './errors/sample-errors';
import { secretErrors } from './errors/secret-errors';
import { signatureErrors } from './errors/signature-errors';
import { stateErrors } from './errors/state-errors';
import { testingErrors } from './errors/testing-errors';

/**
 * Every error the host raises, as `area/reason`. `status` is what a caller sees over HTTP; messages say what,
 * where, and the next step. Retired codes move to `docs/errors.md`'s list and are never used again.
 */
export const catalogue = {
  ...requestErrors,
  ...pluginErrors,
  ...inboxErrors,
  ...hostErrors,
  ...sampleErrors,
  ...secretErrors,
  ...signatureErrors,
  ...outgoingErrors,
  ...testingErrors,
  ...apiErrors,
  ...stateErrors,
  ...agentErrors,
  ...installErrors,
} as const;

export type ErrorCode = keyof typeof catalogue;
type ArgsOf<C extends ErrorCode> = Parameters<(typeof catalogue)[C]['message']>;

const BRAND = Symbol.for('gatehouse.host-error');
/** What `reply()` makes, which is built upon this file. */
const REPLY = Symbol.for('gatehouse.reply');
/** Of an object's own names, those that are told. */
const MOST_NAMES = 10;

/** An error of the host's own, from the catalogue. The cause is chained, never glued into the message. */
export class HostError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Its message is for authors and operators: callers get the status alone. */
  readonly isInternal: boolean;
  /** Further members of the problem that a caller is shown. */
  readonly members: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: C,
    args: ArgsOf<C>,
    options: {
      cause?: unknown;
      headers?: Readonly<Record<string, string>>;
      members?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    const entry: ErrorEntry = catalogue[code];
    super(
      (entry.message as (...args: unknown[]) => string)(...args),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'HostError';
    this.code = code;
    this.status = entry.status;
    this.headers = options.headers ?? {};
    this.isInternal = entry.isInternal ?? false;
    this.members = options.members;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

export function isHostError(value: unknown): value is HostError {
  return hasBrand(value, BRAND);
}

/** True when `value` carries the mark; also asked of what plugins throw, so it never throws itself. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  try {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  } catch {
    return false;
  }
}

/**
 * Anything thrown, as an Error: plugins may throw undefined, strings, errors of another realm, or objects that throw when
 * looked at. Message, stack and cause of the result can be read; never throws.
 */
export function toError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error || isErrorLike(thrown)) {
      const { message, stack, cause } = thrown; // looked at here, where it may throw
      void [message, stack, cause];
      return thrown;
    }
    if (hasBrand(thrown, REPLY)) return new Error('a reply was thrown: return it instead');
    return new Error(`something that is not an Error was thrown: ${shapeOf(thrown)}`);
  } catch {
    return new Error('something that is not an Error was thrown: it cannot be looked at');
  }
}

/** What kind of thing it is, without what it holds: that may be secret, and without end. @throws what it throws */
function shapeOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  if (typeof thrown === 'function') return 'a function';
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  if (Array.isArray(thrown)) return `a list of ${thrown.length}`;
  const names = Object.keys(thrown).slice(0, MOST_NAMES);
  return `an object with ${names.length === 0 ? 'nothing' : names.map((name) => name.slice(0, 50)).join(', ')}`;
}

/** Of any realm. @throws what the value's own accessors throw */
function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && typeof (value as Error).message === 'string';
}
