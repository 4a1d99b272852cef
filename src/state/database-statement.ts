import { CompiledQuery } from 'kysely';
import type { Database } from '../core/ports/database';

/**
 * A statement that is written once and run with other values each time: `?` stands for each, in order. Compiling a query for
 * each write would cost as much as the write.
 */
export function statementOn(
  kind: Database['kind'],
  text: string,
): (...values: readonly unknown[]) => CompiledQuery {
  let number = 0;
  const written = kind === 'sqlite' ? text : text.replace(/\?/g, () => `$${(number += 1)}`);
  return (...values) => CompiledQuery.raw(written, [...values]);
}
