import { isHostError, toError } from '../core/errors';

const CAUSES = 4;
const MOST_CHARACTERS = 8_192;

/** What an attempt died of, as operators read it: message and stack in the plugin's own lines, causes below. */
export function failureText(thrown: unknown, mapStack: (stack: string) => string): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  for (let error = toError(thrown); parts.length < CAUSES && !seen.has(error);) {
    seen.add(error);
    parts.push(traceOf(error, mapStack));
    if (error.cause === undefined || toError(error.cause) !== error.cause) break;
    error = toError(error.cause);
  }
  // PostgreSQL's text has no NUL.
  return parts.join('\ncaused by: ').replaceAll('\0', '\uFFFD').slice(0, MOST_CHARACTERS);
}

/** The first line: what lists and logs show. */
export function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function traceOf(error: Error, mapStack: (stack: string) => string): string {
  const code = isHostError(error) ? ` [${error.code}]` : '';
  const headline = `${error.name || 'Error'}: ${error.message}${code}`;
  if (isHostError(error) || typeof error.stack !== 'string') return headline;
  const frames = mapStack(error.stack)
    .split('\n')
    .filter((line) => line.startsWith('    at '));
  return [headline, ...frames].join('\n');
}
