import { MAKES, schemaAt, type JsonSchema } from './json-schema';
import { numberOf, truthOf, writtenList, dateOf, bigintOf } from './written-values';

/**
 * Where values come from. `texts`: a request's params, query, headers and fields, where one text for a list is a list of
 * one. `setting`: a setting's text, which may also be JSON, and a list with commas. `json`: parsed JSON, of which only
 * what JSON has no notation for (dates, big integers) is converted.
 */
export type WrittenAs = 'texts' | 'setting' | 'json';

type Coercion = (value: unknown) => unknown;

/**
 * Converts texts to what a schema asks for; compile once, call often. What does not read as the wanted type is given back
 * as it came, for the schema to refuse. The given value is never changed; null, undefined and what has the type already
 * stay.
 */
export function coercionOf(schema: JsonSchema | undefined, from: WrittenAs = 'texts'): Coercion {
  return schema === undefined ? unchanged : (new Compiler(schema, from).compile(schema) ?? unchanged);
}

const unchanged: Coercion = (value) => value;

/** Undefined stands for "changes nothing", so that what needs no conversion costs none. */
class Compiler {
  readonly #root: JsonSchema;
  readonly #from: WrittenAs;
  readonly #referred = new Map<string, Coercion | undefined>();

  constructor(root: JsonSchema, from: WrittenAs) {
    this.#root = root;
    this.#from = from;
  }

  compile(schema: JsonSchema): Coercion | undefined {
    if (schema.$ref !== undefined) return this.#referredTo(schema.$ref);
    const steps = [this.#own(schema), ...(schema.allOf ?? []).map((part) => this.compile(part))].filter(
      (step) => step !== undefined,
    );
    const [only] = steps;
    return steps.length <= 1 ? only : (value) => steps.reduce((given, step) => step(given), value);
  }

  /** A schema may refer to itself: the step is looked up when it is needed, not when it is compiled. */
  #referredTo(reference: string): Coercion | undefined {
    if (this.#referred.has(reference)) return (value) => (this.#referred.get(reference) ?? unchanged)(value);
    this.#referred.set(reference, undefined);
    const target = schemaAt(this.#root, reference);
    const step = target === undefined ? undefined : this.compile(target);
    this.#referred.set(reference, step);
    return step;
  }

  #own(schema: JsonSchema): Coercion | undefined {
    const branches = schema.anyOf ?? schema.oneOf;
    if (branches !== undefined) return this.#anyOf(branches);
    if (schema[MAKES] === 'date') return onText(dateOf);
    if (schema[MAKES] === 'bigint') return bigintOf;
    const values = allowedValues(schema);
    if (values !== undefined)
      return this.#from === 'json' ? undefined : onText((text) => named(values, text));
    const steps = typesOf(schema).map((type) => this.#ofType(type, schema));
    const made = steps.filter((step) => step !== undefined);
    if (made.length === 0) return undefined;
    const isText = typesOf(schema).includes('string');
    return isText
      ? (value) => (typeof value === 'string' ? value : firstChange(made, value))
      : onlyOrFirst(made);
  }

  #ofType(type: string, schema: JsonSchema): Coercion | undefined {
    if (type === 'array') return this.#list(schema);
    if (type === 'object') return this.#record(schema);
    if (this.#from === 'json') return undefined;
    if (type === 'number' || type === 'integer') return onText((text) => numberOf(text, type));
    if (type === 'boolean') return onText(truthOf);
    return type === 'null' ? onText((text) => (text === 'null' ? null : text)) : undefined;
  }

  #list(schema: JsonSchema): Coercion | undefined {
    const places = (schema.prefixItems ?? []).map((item) => this.compile(item));
    const rest = isSchema(schema.items) ? this.compile(schema.items) : undefined;
    const isPlain = rest === undefined && places.every((place) => place === undefined);
    if (isPlain && this.#from === 'json') return undefined;
    const listed = this.#asList;
    return (value) => {
      const list = listed(value);
      if (!Array.isArray(list) || isPlain) return list;
      return list.map((item, index) => ((index < places.length ? places[index] : rest) ?? unchanged)(item));
    };
  }

  get #asList(): Coercion {
    if (this.#from === 'json') return unchanged;
    if (this.#from === 'texts') return onText((text) => [text]);
    return onText((text) => writtenJson(text, '[') ?? writtenList(text));
  }

  #record(schema: JsonSchema): Coercion | undefined {
    const fields = new Map<string, Coercion>();
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const step = this.compile(field);
      if (step !== undefined) fields.set(name, step);
    }
    const rest = isSchema(schema.additionalProperties)
      ? this.compile(schema.additionalProperties)
      : undefined;
    const known = new Set(Object.keys(schema.properties ?? {}));
    const isPlain = fields.size === 0 && rest === undefined;
    const isSetting = this.#from === 'setting';
    if (isPlain && !isSetting) return undefined;
    return (given) => {
      const value = isSetting && typeof given === 'string' ? (writtenJson(given, '{') ?? given) : given;
      if (isPlain || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      // fromEntries defines each name as the record's own: one called `__proto__` stays data.
      return Object.fromEntries(
        Object.entries(value).map(([name, field]) => {
          const step = known.has(name) ? fields.get(name) : rest;
          return [name, step === undefined ? field : step(field)];
        }),
      );
    };
  }

  /** A text that one branch takes as it is stays; else the first branch that makes something of it wins. */
  #anyOf(branches: readonly JsonSchema[]): Coercion | undefined {
    const resolved = branches.map((branch) => this.#resolve(branch));
    const steps = resolved.map((branch) => this.compile(branch));
    if (steps.every((step) => step === undefined)) return undefined;
    return (value) => {
      const fitting = resolved.findIndex((branch) => fits(branch, value));
      if (fitting >= 0) return (steps[fitting] ?? unchanged)(value);
      return typeof value === 'string' || Array.isArray(value)
        ? firstChange(
            steps.filter((step) => step !== undefined),
            value,
          )
        : value;
    };
  }

  #resolve(schema: JsonSchema): JsonSchema {
    return schema.$ref === undefined ? schema : (schemaAt(this.#root, schema.$ref) ?? schema);
  }
}

/** Whether a branch takes the value as it stands, as far as its outside tells. */
function fits(schema: JsonSchema, value: unknown): boolean {
  if (schema[MAKES] !== undefined) return false;
  const values = allowedValues(schema);
  if (values !== undefined) return values.includes(value);
  if (typeof value === 'string') return typesOf(schema).includes('string');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (!typesOf(schema).includes('object')) return false;
  const record = value as Readonly<Record<string, unknown>>;
  return (
    (schema.required ?? []).every((name) => Object.hasOwn(record, name)) &&
    Object.entries(schema.properties ?? {}).every(([name, field]) => {
      const allowed = allowedValues(field);
      return allowed === undefined || !Object.hasOwn(record, name) || allowed.includes(record[name]);
    })
  );
}

function allowedValues(schema: JsonSchema): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? (schema['enum'] as readonly unknown[]) : undefined;
}

/** The allowed value that a text names: `5` the number 5, where the text itself is not allowed. */
function named(values: readonly unknown[], text: string): unknown {
  if (values.includes(text)) return text;
  const found = values.findIndex((value) => String(value) === text);
  return found < 0 ? text : values[found];
}

function typesOf(schema: JsonSchema): readonly string[] {
  const { type } = schema;
  if (type !== undefined) return typeof type === 'string' ? [type] : type;
  if (schema.properties !== undefined) return ['object'];
  return schema.items === undefined && schema.prefixItems === undefined ? [] : ['array'];
}

function isSchema(value: boolean | JsonSchema | undefined): value is JsonSchema {
  return typeof value === 'object';
}

function onText(convert: (text: string) => unknown): Coercion {
  return (value) => (typeof value === 'string' ? convert(value) : value);
}

function onlyOrFirst(steps: readonly Coercion[]): Coercion {
  const [only] = steps;
  return steps.length === 1 && only !== undefined ? only : (value) => firstChange(steps, value);
}

function firstChange(steps: readonly Coercion[], value: unknown): unknown {
  for (const step of steps) {
    const made = step(value);
    if (made !== value) return made;
  }
  return value;
}

function writtenJson(text: string, opening: '[' | '{'): unknown {
  if (!text.trimStart().startsWith(opening)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
