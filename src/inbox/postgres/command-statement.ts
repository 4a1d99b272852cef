import type { CompiledQuery } from 'kysely';
import type { Statement } from './transaction';

/** Of texts that are prepared: a connection keeps each. */
const MOST_NAMED = 100;
/** Of texts that came once: whatever is composed anew each time comes no more. */
const MOST_SEEN = 500;
/** Statements that change rows. One that reads every column would be refused once a newer host has added another. */
const CHANGES_ROWS = /^\s*(insert|update|delete)\b(?![^]*\breturning\s+\*)/i;
const named = new Map<string, string>();
const seen = new Set<string>();

/** A statement that was composed elsewhere; from its second time on it is prepared, under the same name on each connection. */
export function commandStatement({ sql: text, parameters: values }: CompiledQuery): Statement {
  const name = named.get(text) ?? nameOf(text);
  return name === undefined ? { text, values } : { name, text, values };
}

function nameOf(text: string): string | undefined {
  if (named.size >= MOST_NAMED || !CHANGES_ROWS.test(text)) return undefined;
  if (seen.delete(text)) {
    const name = `command ${named.size}`;
    named.set(text, name);
    return name;
  }
  if (seen.size >= MOST_SEEN) seen.clear();
  seen.add(text);
  return undefined;
}
