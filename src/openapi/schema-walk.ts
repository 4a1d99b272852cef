import type { JsonSchema } from '../core/json-schema';

/** Keywords by what stands in them. @see https://json-schema.org/draft/2020-12/json-schema-core */
const ONE: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
]);
const LISTS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const MAPS: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependentSchemas']);
/** They concern a schema that stands alone; in a document they would mean something else. */
const DROPPED: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$anchor',
  '$defs',
  'definitions',
  '$comment',
]);

/** Deeper is no schema of a request but one that holds itself. */
const MOST_DEEP = 200;

export interface Rewrite {
  /** What to write in place of a `$ref`; undefined: it leads nowhere. */
  ref(pointer: string): string | undefined;
  /** Names beyond the declared ones are not ruled out. */
  readonly isOpen: boolean;
}

/** A copy of a schema as it may stand in a document, whatever a plugin's library put in it. */
export function rewrite(schema: unknown, how: Rewrite, depth = 0): JsonSchema {
  const made: Record<string, unknown> = {};
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema) || depth > MOST_DEEP)
    return made;
  for (const [name, value] of Object.entries(schema)) {
    if (DROPPED.has(name) || name === '__proto__' || isOfNumbers(name, value)) continue;
    const written = keyword(schema, name, value, how, depth + 1);
    if (written !== undefined) made[name] = written;
  }
  return made;
}

/** Bounds of what a program can count, which nobody declared: zod tells them of every whole number. */
function isOfNumbers(name: string, value: unknown): boolean {
  return (
    (name === 'minimum' && value === Number.MIN_SAFE_INTEGER) ||
    (name === 'maximum' && value === Number.MAX_SAFE_INTEGER)
  );
}

function keyword(schema: object, name: string, value: unknown, how: Rewrite, depth: number): unknown {
  if (name === '$ref') return typeof value === 'string' ? how.ref(value) : undefined;
  if (ONE.has(name)) {
    if (how.isOpen && name === 'additionalProperties' && value === false && 'properties' in schema)
      return undefined;
    return typeof value === 'boolean' ? value : rewrite(value, how, depth);
  }
  if (LISTS.has(name) && Array.isArray(value)) return value.map((item) => rewrite(item, how, depth));
  if (MAPS.has(name) && typeof value === 'object' && value !== null)
    return mapped(value, (item) => rewrite(item, how, depth));
  return plain(value);
}

/** `entries` and `fromEntries`, so that a member called `__proto__` stays a member. */
function mapped(value: object, make: (item: unknown) => JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, make(item)]));
}

/** Defaults, examples and the like are values: they are taken as JSON has them, and left out where it has not. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return isJson(value) ? value : undefined;
  try {
    return JSON.parse(JSON.stringify(value)) as unknown;
  } catch {
    return undefined;
  }
}

const isJson = (value: unknown) =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

/** Whether a schema points at itself as a whole. Values that look like it count too, which costs a name and nothing else. */
export function isSelfReferring(schema: unknown, depth = 0): boolean {
  if (typeof schema !== 'object' || schema === null || depth > MOST_DEEP) return false;
  if (Array.isArray(schema)) return schema.some((item) => isSelfReferring(item, depth + 1));
  for (const name in schema) {
    const value = (schema as Record<string, unknown>)[name];
    if (name === '$ref' && value === '#') return true;
    if (typeof value === 'object' && isSelfReferring(value, depth + 1)) return true;
  }
  return false;
}

/** The name that `#/$defs/<name>` or `#/definitions/<name>` points at, `#` for the whole; undefined for anything else. */
export function definitionName(pointer: string): string | undefined {
  if (pointer === '#') return '#';
  const [, name] = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(pointer) ?? [];
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
