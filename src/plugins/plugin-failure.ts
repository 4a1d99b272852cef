import { isHostError, toError } from '../core/errors';
import type { PluginFailure } from '../core/ports/plugin-registry';

const CAUSES_SHOWN = 4;

/**
 * Anything that went wrong with a plugin, as plain data for operators. The message ends with the innermost reason;
 * of the host's own errors the stack is left out, since the plugin's is the one that helps.
 */
export function toPluginFailure(
  thrown: unknown,
  mapStack: (stack: string) => string = (stack) => stack,
): PluginFailure {
  const chain = causesOf(toError(thrown));
  const [outer] = chain;
  const inner = chain.at(-1);
  const reason = inner === undefined || inner === outer ? '' : ` ${inner.message}`;
  return {
    code: isHostError(outer) ? outer.code : 'plugin/load-failed',
    message: `${outer?.message ?? ''}${reason}`,
    stack: chain.map((error) => traceOf(error, mapStack)).join('\ncaused by: '),
    at: Date.now(),
  };
}

function traceOf(error: Error, mapStack: (stack: string) => string): string {
  const headline = `${error.name}: ${error.message}`;
  if (isHostError(error)) return headline;
  return typeof error.stack === 'string' && error.stack !== '' ? mapStack(error.stack) : headline;
}

/** Itself and the errors that caused it, outermost first; a cause that is no error says nothing more. */
function causesOf(error: Error): Error[] {
  const chain = [error];
  for (let { cause } = error; isErrorLike(cause) && chain.length < CAUSES_SHOWN; { cause } = cause) {
    if (chain.includes(cause)) break;
    chain.push(cause);
  }
  return chain;
}

/** Of any realm; a plugin's own accessors may throw. */
function isErrorLike(value: unknown): value is Error {
  return value !== undefined && toError(value) === value;
}
