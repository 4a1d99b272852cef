import type { BackupRow, BackupValue } from '../../core/ports/backup';

/** What the first line says, and the only format there is. */
export const FORMAT = 1;

/**
 * A file is gzip'd JSON lines: a head, then for each section an object that names its columns and lists of their values, then
 * an end that says how many lines there were and their SHA-256. Bytes are `{"b":"<base64>"}`.
 */
export function lineOf(row: BackupRow): string {
  return JSON.stringify(row.map(toJson));
}

function toJson(value: BackupValue): unknown {
  if (!ArrayBuffer.isView(value)) return value;
  return { b: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
}

/** Undefined for what is no row. */
export function rowOf(values: readonly unknown[]): BackupRow | undefined {
  const row: BackupValue[] = [];
  for (const value of values) {
    if (value === null || typeof value === 'string' || typeof value === 'number') row.push(value);
    else {
      const bytes = (value as { b?: unknown }).b;
      if (typeof bytes !== 'string') return undefined;
      row.push(Buffer.from(bytes, 'base64'));
    }
  }
  return row;
}
