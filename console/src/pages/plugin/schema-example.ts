import type { JsonSchema } from '../../../../src/core/json-schema';

const DEEPEST = 4;
const EMPTY: Readonly<Record<string, unknown>> = {
  string: '',
  number: 0,
  integer: 0,
  boolean: false,
  array: [],
};

/** Something to begin with: the required members of an object, with what each kind of value begins as. */
export function exampleOf(schema: JsonSchema, depth = 0): unknown {
  if (schema['default'] !== undefined) return schema['default'];
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return (schema['enum'] as readonly unknown[])[0];
  const [type = 'object'] = [schema.type].flat();
  if (type in EMPTY) return EMPTY[type];
  if (depth >= DEEPEST) return {};
  const { properties = {}, required = [] } = schema;
  return Object.fromEntries(
    required.map((name) => [name, exampleOf(properties[name] ?? { type: 'string' }, depth + 1)]),
  );
}
