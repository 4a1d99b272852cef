import { types, type CustomTypesConfig } from 'pg';
import type { SqlRows } from '../../core/ports/plugin-sql';

/**
 * A parameter as both databases take it: undefined is NULL, a Date its ISO 8601 text, an object or a list its JSON text.
 * Bytes stay bytes. @throws TypeError for what no database takes
 */
export function toParameter(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  // Of another realm, perhaps: plugins are.
  if (Object.prototype.toString.call(value) === '[object Date]') return (value as Date).toISOString();
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new TypeError(`a ${typeof value} is no parameter`);
  return value;
}

/** SQLite knows no booleans, and takes a JavaScript number for one with a fraction: a whole one is handed over as such. */
export function toSqliteParameter(value: unknown): unknown {
  const plain = toParameter(value);
  if (typeof plain === 'boolean') return plain ? 1n : 0n;
  return Number.isSafeInteger(plain) && !Object.is(plain, -0) ? BigInt(plain as number) : plain;
}

export function toSqlRows<Row>(rows: Row[], rowCount: number): SqlRows<Row> {
  return Object.assign(rows, { rowCount });
}

/**
 * Of PostgreSQL's types as JavaScript's: whole numbers as numbers when they are safe, else as text; a point in time as ISO
 * 8601 text, days and local times as they are written, as SQLite would have kept them.
 */
export const postgresTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text') => {
    const { INT8, TIMESTAMPTZ, TIMESTAMP, DATE } = types.builtins;
    if (format !== 'text') return types.getTypeParser(oid, format);
    if (oid === INT8) return toWhole;
    if (oid === TIMESTAMP || oid === DATE) return String;
    const parse = types.getTypeParser(oid, format);
    return oid === TIMESTAMPTZ ? (text: string) => toIsoText(text, parse(text)) : parse;
  }) as CustomTypesConfig['getTypeParser'],
};

function toWhole(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

/** `infinity` and years that no Date has stay as they are written. */
function toIsoText(text: string, parsed: unknown): string {
  return parsed instanceof Date && !Number.isNaN(parsed.getTime()) ? parsed.toISOString() : text;
}
