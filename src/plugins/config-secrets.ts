import type { JsonSchema } from '../core/json-schema';
import type { DeclaredConfig, MaskedValue } from '../core/ports/plugin-config';

type Fields = Readonly<Record<string, unknown>>;

/** Whether a schema, or something within it that is no named field of its own, is marked `secret: true`. */
function isSecret(schema: JsonSchema, root: JsonSchema, seen: ReadonlySet<JsonSchema>): boolean {
  if (schema['secret'] === true) return true;
  return !seen.has(schema) && innerOf(schema, root).some((inner) => holdsSecret(inner, root, seen));
}

/** Whether a secret stands anywhere in it. */
function holdsSecret(
  schema: JsonSchema,
  root: JsonSchema,
  seen: ReadonlySet<JsonSchema> = new Set(),
): boolean {
  if (seen.has(schema)) return false;
  const beyond = new Set(seen).add(schema);
  return (
    isSecret(schema, root, seen) ||
    Object.values(schema.properties ?? {}).some((field) => holdsSecret(field, root, beyond))
  );
}

/** What a value of a schema may be or hold, but for its named fields. */
function innerOf(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const { anyOf = [], oneOf = [], allOf = [], prefixItems = [], items, additionalProperties, $ref } = schema;
  const referred = $ref === undefined ? undefined : root.$defs?.[$ref.replace('#/$defs/', '')];
  return [...anyOf, ...oneOf, ...allOf, ...prefixItems, items, additionalProperties, referred].filter(
    (inner) => typeof inner === 'object',
  );
}

/** Fields with a secret in them; undefined where the schema does not say: then any may be one. */
export function secretFields({ jsonSchema }: DeclaredConfig): ReadonlySet<string> | undefined {
  if (jsonSchema?.properties === undefined) return undefined;
  const fields = Object.entries(jsonSchema.properties);
  return new Set(fields.filter(([, field]) => holdsSecret(field, jsonSchema)).map(([name]) => name));
}

/** Whether a place in a configuration, or something below it, is secret; as far as the schema says. */
export function isSecretAt({ jsonSchema }: DeclaredConfig, path: readonly (string | number)[]): boolean {
  let schema = jsonSchema;
  if (jsonSchema === undefined || path.length === 0) return false;
  for (const name of path) {
    const known: JsonSchema['properties'] = schema?.properties;
    if (schema === undefined || schema['secret'] === true || known === undefined) break;
    schema = Object.hasOwn(known, name) ? known[name] : undefined;
  }
  return schema !== undefined && schema !== jsonSchema && holdsSecret(schema, jsonSchema);
}

/** The values with every secret one masked; all of them where the schema does not say which are. */
export function maskedValues(declared: DeclaredConfig, values: Fields): Fields {
  const { jsonSchema } = declared;
  const known = jsonSchema?.properties;
  if (jsonSchema === undefined || known === undefined) return mapped(values, mask);
  const shown = mapped(values, (value, name) =>
    Object.hasOwn(known, name) ? shownAs(known[name] as JsonSchema, value, jsonSchema) : value,
  );
  const unset = Object.entries(known).filter(
    ([name, field]) => field['secret'] === true && !Object.hasOwn(values, name),
  );
  return { ...shown, ...Object.fromEntries(unset.map(([name]) => [name, mask(undefined)])) };
}

function shownAs(schema: JsonSchema, value: unknown, root: JsonSchema): unknown {
  if (isSecret(schema, root, new Set())) return mask(value);
  const { properties } = schema;
  if (properties === undefined || !isFields(value)) return value;
  return mapped(value, (inner, name) =>
    Object.hasOwn(properties, name) ? shownAs(properties[name] as JsonSchema, inner, root) : inner,
  );
}

/**
 * What was given, with what is stored in the place of each masked secret; one that is not stored is left out. An object
 * goes as a whole before the one in the file, so a masked secret in it is the file's where nothing is stored.
 */
export function unmaskedValues(
  { jsonSchema = {} }: DeclaredConfig,
  given: Fields,
  stored: Fields,
  file: Fields,
): Fields {
  const { properties } = jsonSchema;
  const isGroup = (name: string) => Object.hasOwn(properties ?? {}, name) && isFields(given[name]);
  const groups = Object.entries(file).filter(
    ([name, value]) => isGroup(name) && !isMask(given[name]) && isFields(value),
  );
  return unmaskedFields(properties, given, { ...Object.fromEntries(groups), ...stored }, jsonSchema);
}

function unmaskedFields(
  known: JsonSchema['properties'],
  given: Fields,
  stored: Fields,
  root: JsonSchema,
): Fields {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      const before = Object.hasOwn(stored, name) ? stored[name] : undefined;
      const field = known !== undefined && Object.hasOwn(known, name) ? known[name] : undefined;
      // Where the schema does not say what is secret, all was shown masked.
      if (known === undefined || (field !== undefined && isSecret(field, root, new Set()))) {
        if (!isMask(value)) return [[name, value]];
        return before === undefined ? [] : [[name, before]];
      }
      if (field?.properties === undefined || !isFields(value)) return [[name, value]];
      return [[name, unmaskedFields(field.properties, value, isFields(before) ? before : {}, root)]];
    }),
  );
}

/** The schema as it may be shown: a secret's default and examples are secret, too. */
export function shownSchema(schema: JsonSchema | undefined): JsonSchema | undefined {
  return schema === undefined ? undefined : (withoutSecrets(schema, false) as JsonSchema);
}

const TELLING: ReadonlySet<string> = new Set(['default', 'examples', 'example', 'const', 'enum']);

function withoutSecrets(node: unknown, within: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutSecrets(item, within));
  if (!isFields(node)) return node;
  const isHidden = within || node['secret'] === true;
  const kept = Object.entries(node).filter(([name]) => !isHidden || !TELLING.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutSecrets(value, isHidden)]));
}

/** Every text that the secret values hold: none of them may be in a message. */
export function secretTexts(declared: DeclaredConfig, values: Fields): readonly string[] {
  const fields = secretFields(declared);
  const hidden = Object.entries(values).filter(([name]) => fields === undefined || fields.has(name));
  return hidden.flatMap(([, value]) => textsIn(value)).filter((text) => text !== '');
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (isFields(value)) return Object.values(value).flatMap(textsIn);
  if (typeof value === 'string') return [value, JSON.stringify(value).slice(1, -1)];
  return typeof value === 'number' || typeof value === 'bigint' ? [String(value)] : [];
}

function mask(value: unknown): MaskedValue {
  return { isSet: value !== undefined };
}
function isMask(value: unknown): boolean {
  return isFields(value) && Object.keys(value).length === 1 && typeof value['isSet'] === 'boolean';
}
function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function mapped(values: Fields, change: (value: unknown, name: string) => unknown): Fields {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]));
}
