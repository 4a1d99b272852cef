/** Where in a document: the steps into its object; or when it was made. */
export type FieldPath = readonly string[] | 'createdAt';

/** What kinds of values there are, in the order that documents of different kinds come in. */
export const FIELD_KIND = { number: 0, text: 1, boolean: 2, null: 3, other: 4, missing: 5 } as const;

/** What a field is compared by, in memory as in either database: within a kind one of the others tells. */
export interface FieldKey {
  readonly kind: number;
  /** Of a number; 0 and 1 for false and true. */
  readonly number: number;
  /** Of a text; compared by code point. */
  readonly text: string;
}

/** Enough of a document to look for its fields. */
interface Fields {
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

const PAIR = /[\uD800-\uDFFF]/;
const { number, text, boolean, null: none, other, missing } = FIELD_KIND;

export function keyOfValue(value: unknown): FieldKey {
  if (typeof value === 'number') return { kind: number, number: value, text: '' };
  if (typeof value === 'string') return { kind: text, number: 0, text: value };
  if (typeof value === 'boolean') return { kind: boolean, number: value ? 1 : 0, text: '' };
  const kind = value === undefined ? missing : value === null ? none : other;
  return { kind, number: 0, text: '' };
}

/** Steps go into objects only, and only to what they themselves hold. */
export function keyOfField({ data, createdAt }: Fields, path: FieldPath): FieldKey {
  if (path === 'createdAt') return keyOfValue(createdAt);
  let value: unknown = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return keyOfValue(undefined);
    value = Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
  }
  return keyOfValue(value);
}

/** Negative where `a` comes first: by kind, then by value. */
export function compareKeys(a: FieldKey, b: FieldKey): number {
  return a.kind - b.kind || a.number - b.number || compareTexts(a.text, b.text);
}

/** By code point: UTF-16 has the half of a pair before characters that are smaller. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (PAIR.test(a) || PAIR.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
