import {
  compareKeys,
  compareTexts,
  FIELD_KIND,
  keyOfField,
  type FieldKey,
  type FieldPath,
} from './document-field';
import type { StoredDocument } from './documents';

/** One thing that must hold of a field. */
export type FieldTest =
  | {
      readonly test: 'in';
      readonly path: FieldPath;
      readonly keys: readonly FieldKey[];
      readonly isNot: boolean;
    }
  /** Holds only between values of one kind. */
  | { readonly test: '<' | '<=' | '>' | '>='; readonly path: FieldPath; readonly key: FieldKey }
  | { readonly test: 'exists'; readonly path: FieldPath; readonly isNot: boolean };

/** By a field, and by id where that is equal. */
export interface FieldOrder {
  readonly path: FieldPath;
  /** Kinds come in the same order all the same: what has no such field is always last. */
  readonly isDescending: boolean;
}

/** Behind which document a page begins. */
export interface Position {
  /** Of the field in order; of no matter where the order is by id. */
  readonly key: FieldKey;
  readonly id: string;
}

/** Which documents of a collection: a query, checked. */
export interface Selection {
  readonly tests: readonly FieldTest[];
  /** Undefined: by id. */
  readonly order: FieldOrder | undefined;
  readonly after: Position | undefined;
  readonly limit: number;
}

/** Code points of a text that it is ordered by: positions stay small. */
export const ORDERED_CHARACTERS = 256;

/** Whether a document is one of those, before they are cut to a page. The databases say the same of committed ones. */
export function isSelected(document: StoredDocument, { tests, order, after }: Selection): boolean {
  return (
    tests.every((test) => holds(document, test)) &&
    (after === undefined || comparePositions(positionOf(document, order), after, order) > 0)
  );
}

/** The order of documents in a selection. */
export function compareDocuments(
  a: StoredDocument,
  b: StoredDocument,
  order: FieldOrder | undefined,
): number {
  return comparePositions(positionOf(a, order), positionOf(b, order), order);
}

export function positionOf(document: StoredDocument, order: FieldOrder | undefined): Position {
  const key = order === undefined ? NO_KEY : keyOfField(document, order.path);
  return { id: document.id, key: { ...key, text: cut(key.text) } };
}

const NO_KEY: FieldKey = { kind: 0, number: 0, text: '' };
const DIRECTIONS = {
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
} as const;

function holds(document: StoredDocument, test: FieldTest): boolean {
  const key = keyOfField(document, test.path);
  if (test.test === 'exists') return key.kind < FIELD_KIND.missing !== test.isNot;
  if (test.test === 'in') return test.keys.some((one) => compareKeys(one, key) === 0) !== test.isNot;
  return key.kind === test.key.kind && DIRECTIONS[test.test](compareKeys(key, test.key));
}

function comparePositions(a: Position, b: Position, order: FieldOrder | undefined): number {
  const byKind = a.key.kind - b.key.kind;
  if (byKind !== 0) return byKind;
  const byValue = compareKeys(a.key, b.key);
  return (order?.isDescending === true ? -byValue : byValue) || compareTexts(a.id, b.id);
}

/** A code point has two units at most, so most texts need no look. */
function cut(text: string): string {
  if (text.length <= ORDERED_CHARACTERS) return text;
  return [...text.slice(0, 2 * ORDERED_CHARACTERS)].slice(0, ORDERED_CHARACTERS).join('');
}
