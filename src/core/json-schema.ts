import type { StandardSchema } from './standard-schema';

/** JSON Schema, draft 2020-12, as far as anybody here looks into it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: boolean | JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  /** Not JSON's: what the text becomes in the program, where the schema wants more than JSON can say. */
  readonly [MAKES]?: 'date' | 'bigint';
  readonly [name: string]: unknown;
}

/** Marks what stands for a value that JSON has not; as an extension it may stand in an OpenAPI document. */
export const MAKES = 'x-makes';

interface SpeaksJsonSchema {
  readonly jsonSchema?: {
    input?(options: object): unknown;
    output?(options: object): unknown;
  };
}

/** What schemas take, by schema: whoever checks, converts and describes requests asks the same of the same ones. */
const inputs = new WeakMap<StandardSchema, JsonSchema | undefined>();

/**
 * What a schema takes (`input`) or gives (`output`) as JSON Schema; undefined where its library does not say. Not to be
 * changed by who asks.
 * @see https://standardschema.dev/json-schema
 */
export function jsonSchemaOf(schema: StandardSchema, side: 'input' | 'output'): JsonSchema | undefined {
  if (side === 'output') return toldBy(schema, side);
  if (!inputs.has(schema)) inputs.set(schema, toldBy(schema, side));
  return inputs.get(schema);
}

function toldBy(schema: StandardSchema, side: 'input' | 'output'): JsonSchema | undefined {
  try {
    const { jsonSchema } = schema['~standard'] as SpeaksJsonSchema;
    const made = jsonSchema?.[side]?.({ target: 'draft-2020-12', libraryOptions: LIBRARY_OPTIONS });
    return typeof made === 'object' && made !== null ? (made as JsonSchema) : undefined;
  } catch {
    // What cannot be said in JSON Schema is checked all the same; only nothing is known of it beforehand.
    return undefined;
  }
}

/** For zod, which refuses dates otherwise; other libraries have no use for them. */
const LIBRARY_OPTIONS = {
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Record<string, unknown> }) => {
    const type = (zodSchema as { readonly _zod?: { readonly def?: { readonly type?: unknown } } })._zod?.def
      ?.type;
    if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time', [MAKES]: 'date' });
    if (type === 'bigint') Object.assign(jsonSchema, { type: 'integer', format: 'int64', [MAKES]: 'bigint' });
  },
} as const;

/** `#`, `#/$defs/name` and other pointers into the same document (RFC 6901). */
export function schemaAt(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let found: unknown = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return typeof found === 'object' && found !== null ? (found as JsonSchema) : undefined;
}
