import type { JsonSchema } from '../../../../src/core/json-schema';
import type { ConfigSource, ConfigView, MaskedValue } from '../../../../src/core/ports/plugin-config';

export type FieldKind = 'secret' | 'choice' | 'number' | 'text' | 'list' | 'numbers' | 'json' | 'group';

/** One value of a configuration, or some that belong together (`group`). */
export interface ConfigField {
  /** From the top, as in `['mail', 'from']`. */
  readonly path: readonly string[];
  readonly title: string;
  readonly schema: JsonSchema;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  /** As it is now, whatever it comes from; a secret one masked. */
  readonly value: unknown;
  /** Undefined for what stands in a group that no operator gave. */
  readonly source: ConfigSource | undefined;
  /** The variable of the environment that sets it: nothing else can. */
  readonly variable: string | undefined;
  readonly inner: readonly ConfigField[];
}

/** What somebody wrote, by path; undefined: to be removed. */
export type Drafts = ReadonlyMap<string, string | undefined>;

export const draftKey = (path: readonly string[]): string => JSON.stringify(path);

/** In the order of the schema; none where the schema does not say. */
export function fieldsOf({ schema, values, sources, variables }: ConfigView): readonly ConfigField[] {
  const definitions = schema?.$defs ?? {};
  const resolve = (one: JsonSchema): JsonSchema => ({
    ...definitions[one.$ref?.replace('#/$defs/', '') ?? ''],
    ...one,
  });
  const build = (
    whole: JsonSchema,
    held: Readonly<Record<string, unknown>>,
    path: readonly string[],
    from: (name: string) => Pick<ConfigField, 'source' | 'variable'>,
  ): readonly ConfigField[] =>
    Object.entries(whole.properties ?? {}).map(([name, given]) => {
      const own = resolve(given);
      const value = held[name];
      const kind = kindOf(own, value);
      const origin = from(name);
      const at = [...path, name];
      // An object is stored as a whole, and so is all that it holds now.
      const within = (inner: string): Pick<ConfigField, 'source' | 'variable'> => ({
        variable: origin.variable,
        source: origin.source === 'default' || mappingOf(value)[inner] === undefined ? undefined : 'stored',
      });
      return {
        path: at,
        title: typeof own['title'] === 'string' ? own['title'] : name,
        schema: own,
        kind,
        isRequired: (whole.required ?? []).includes(name) && own['default'] === undefined,
        value,
        ...origin,
        inner: kind === 'group' ? build(own, mappingOf(value), at, within) : [],
      };
    });
  return build(schema ?? {}, values, [], (name) => ({ source: sources[name], variable: variables[name] }));
}

function kindOf(schema: JsonSchema, value: unknown): FieldKind {
  // Where something within a value is secret, all of it is.
  if (schema['secret'] === true || (isMasked(value) && schema.properties?.['isSet'] === undefined))
    return 'secret';
  if (Array.isArray(schema['enum']) || 'const' in schema || schema.type === 'boolean') return 'choice';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'array' && typeof schema.items === 'object') {
    if (schema.items.type === 'string') return 'list';
    if (schema.items.type === 'number' || schema.items.type === 'integer') return 'numbers';
  }
  return schema.properties === undefined ? 'json' : 'group';
}

/** What may be chosen, of a `choice`. */
export function choicesOf(schema: JsonSchema): readonly unknown[] {
  if (Array.isArray(schema['enum'])) return schema['enum'] as readonly unknown[];
  return 'const' in schema ? [schema['const']] : [true, false];
}

export function isMasked(value: unknown): value is MaskedValue {
  return typeof value === 'object' && value !== null && typeof (value as MaskedValue).isSet === 'boolean';
}

function mappingOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
