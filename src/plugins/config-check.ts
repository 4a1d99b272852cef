import { callFor, type Actor } from '../core/actor';
import { jsonSchemaOf } from '../core/json-schema';
import type { PluginKey } from '../core/plugin-key';
import { toVariable, variablePrefix } from '../core/plugin-variables';
import type { ConfigSource, DeclaredConfig } from '../core/ports/plugin-config';
import { issueTypeOf } from '../core/issue-types';
import type { SchemaIssue, StandardSchema } from '../core/standard-schema';
import { coercionOf } from '../core/text-coercion';
import { isSecretAt, secretTexts } from './config-secrets';
import type { ConfigEntry } from './config-values';

/** One thing that is wrong with a configuration; its message tells no secret. */
export interface ConfigFault {
  readonly path: readonly (string | number)[];
  /** Of the field that the path begins with. */
  readonly source: ConfigSource;
  readonly variable: string | undefined;
  readonly message: string;
  readonly type: string;
}
export type CheckedConfig =
  | { readonly ok: true; readonly values: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** What a schema says of a configuration; the schema is the plugin's code. */
export function declaredConfig(schema: StandardSchema | undefined): DeclaredConfig | undefined {
  return schema === undefined ? undefined : { schema, jsonSchema: jsonSchemaOf(schema, 'input') };
}

type Entries = ReadonlyMap<string, ConfigEntry>;

/** The values as the schema takes them: texts of variables are converted to what it asks for. */
export function writtenValues({ jsonSchema }: DeclaredConfig, entries: Entries): Record<string, unknown> {
  const pick = (isVariable: boolean) =>
    Object.fromEntries(
      [...entries]
        .filter(([, { source }]) => (source === 'environment') === isVariable)
        .map(([name, { value }]) => [name, value]),
    );
  const converted = [
    ...Object.entries(coercionOf(jsonSchema, 'json')(pick(false)) as object),
    ...Object.entries(coercionOf(jsonSchema, 'setting')(pick(true)) as object),
  ];
  return Object.fromEntries(converted) as Record<string, unknown>;
}

/**
 * What the schema makes of the values, with those it does not know, frozen; or everything that is wrong. The schema is
 * the plugin's code: it runs as `actor`'s, and what it throws passes through.
 */
export async function checkConfig(
  declared: DeclaredConfig,
  entries: Entries,
  actor: Actor,
): Promise<CheckedConfig> {
  const given = writtenValues(declared, entries);
  const result = await callFor(actor, () => declared.schema['~standard'].validate(given));
  if (result.issues !== undefined) {
    const toFault = faults(declared, given, entries);
    return { ok: false, faults: result.issues.map(toFault) };
  }
  const made: unknown = result.value;
  if (typeof made !== 'object' || made === null || Array.isArray(made)) {
    const fault = { path: [], source: 'default' as const, variable: undefined, type: 'value_error' };
    return { ok: false, faults: [{ ...fault, message: 'the schema makes something else than an object' }] };
  }
  const raw = [...entries].map(([name, { value }]): [string, unknown] => [name, value]);
  return {
    ok: true,
    values: Object.freeze(Object.fromEntries([...raw, ...Object.entries(frozen(made) as object)])),
  };
}

function faults(
  declared: DeclaredConfig,
  given: Readonly<Record<string, unknown>>,
  entries: Entries,
): (issue: SchemaIssue) => ConfigFault {
  const hidden = secretTexts(declared, given);
  return (issue) => {
    const path = (issue.path ?? []).map((step) => plainStep(typeof step === 'object' ? step.key : step));
    const [first] = path;
    const field = first === undefined ? undefined : String(first);
    const entry = field === undefined ? undefined : entries.get(field);
    const isMissing = field !== undefined && entry === undefined;
    // Libraries quote what they were given, or what they would have taken.
    const isHidden = isSecretAt(declared, path) || hidden.some((text) => issue.message.includes(text));
    return {
      path,
      source: entry?.source ?? 'default',
      variable: entry?.variable,
      message: isHidden ? hiddenMessage(isMissing) : issue.message,
      type: isMissing ? 'missing' : issueTypeOf(issue, entry?.value),
    };
  };
}

const hiddenMessage = (isMissing: boolean) => (isMissing ? 'needs a value' : 'is not what the schema wants');
const plainStep = (step: PropertyKey): string | number => (typeof step === 'number' ? step : String(step));

/** The faults as lines for people: field, source, what is expected; of what nobody gave, where it can be given. */
export function shownFaults(key: PluginKey, faults: readonly ConfigFault[]): string {
  const places: Record<ConfigSource, string> = {
    default: 'not set',
    file: `plugins.${key}.config of the settings file`,
    stored: 'stored by an operator',
    environment: 'the environment',
  };
  const lineOf = ({ path, source, variable, message, type }: ConfigFault) => {
    const at = path.length === 0 ? 'the whole' : path.join('.');
    const line = `  - ${at} (${variable ?? places[source]}): ${message}`;
    const [field] = path;
    if (type !== 'missing' || field === undefined) return line;
    const wanted = variablePrefix('CONFIG', key) + toVariable(String(field));
    return `${line}; give it as ${wanted}, or as plugins.${key}.config.${field} in the settings file`;
  };
  return faults.map(lineOf).join('\n');
}

/** Plain objects and lists, all the way down. */
function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  // By shape: the plugin's objects may be of another realm.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain && !Array.isArray(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
