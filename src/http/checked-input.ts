import type { FileRule } from '../core/declaration';
import type { EndpointSchema } from '../core/endpoint-schema';
import type { Awaitable, Values } from '../core/exchange';
import { jsonSchemaOf, type JsonSchema } from '../core/json-schema';
import type { SchemaResult, StandardSchema } from '../core/standard-schema';
import { coercionOf } from '../core/text-coercion';
import { onceThere } from './awaited';
import type { ExchangeView } from './exchange-view';
import {
  missing,
  requestIssues,
  tooDeep,
  tooMany,
  unknownName,
  type RequestIssue,
  type RequestPart,
} from './request-issues';
import { SchemaFaces } from './schema-faces';
import { unknownNamesOf } from './unknown-names';

/** The parts of a request that an endpoint may have a schema of, by their names on the exchange. */
export type InputName = 'params' | 'query' | 'headers' | 'fields' | 'body';

/** What a part of a request became: what its schema made of it, or what is wrong with it. */
export type Checked =
  { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly RequestIssue[] };

/** Checks one part of a request. */
export interface InputCheck {
  readonly name: InputName;
  /** @throws what reading the body throws: body/invalid-json and the like */
  check(exchange: ExchangeView): Awaitable<Checked>;
}

const PARTS: Readonly<Record<InputName, RequestPart>> = {
  params: 'path',
  query: 'query',
  headers: 'header',
  fields: 'body',
  body: 'body',
};

/** Makes the check of one part; undefined where it has no schema. */
export function inputCheckOf(
  name: InputName,
  schema: EndpointSchema,
  unknownNames: 'ignore' | 'refuse',
): InputCheck | undefined {
  const declared = schema[name];
  return declared === undefined ? undefined : new PartCheck(name, declared, unknownNames);
}

/** Files that must be there, for endpoints that tell it with what is wrong with the fields. */
export function missingFilesCheck(rules: Readonly<Record<string, FileRule>>): InputCheck {
  const required = Object.keys(rules).filter((name) => rules[name]?.required === true);
  return {
    name: 'fields',
    check({ spooled }) {
      const came = new Set(spooled?.files.map(({ field }) => field));
      return { issues: required.filter((name) => !came.has(name)).map((name) => missing('body', name)) };
    },
  };
}

class PartCheck implements InputCheck {
  readonly #standard: StandardSchema['~standard'];
  readonly #part: RequestPart;
  readonly #fromTexts: (value: unknown) => unknown;
  readonly #fromJson: (value: unknown) => unknown;
  readonly #faces: SchemaFaces | undefined;
  readonly #walk: ReturnType<typeof unknownNamesOf> | undefined;
  /** Headers that are lists: each line is one of its values. */
  readonly #lists: ReadonlySet<string>;

  constructor(
    readonly name: InputName,
    schema: StandardSchema,
    unknownNames: 'ignore' | 'refuse',
  ) {
    const json = jsonSchemaOf(schema, 'input');
    this.#standard = schema['~standard'];
    this.#part = PARTS[name];
    this.#fromTexts = coercionOf(json, 'texts');
    this.#fromJson = coercionOf(json, 'json');
    this.#faces = json === undefined ? undefined : new SchemaFaces(json);
    const isWalked = unknownNames === 'refuse' && name !== 'headers' && json !== undefined;
    this.#walk = isWalked ? unknownNamesOf(json) : undefined;
    this.#lists = name === 'headers' ? listsOf(json) : new Set();
  }

  check(exchange: ExchangeView): Awaitable<Checked> {
    const tooMuch = this.name === 'body' ? tooMuchIn(exchange, this.#part) : undefined;
    if (tooMuch !== undefined) return { issues: [tooMuch] };
    try {
      const value = this.#valueIn(exchange);
      const result = this.#standard.validate(value) as Awaitable<SchemaResult<unknown>>;
      const checked = onceThere(result, (made) =>
        this.#toChecked(value, this.name !== 'body' || exchange.isForm, made),
      );
      if (!(checked instanceof Promise)) return checked;
      return checked.catch((thrown: unknown) => this.#orTooDeep(thrown));
    } catch (thrown) {
      return this.#orTooDeep(thrown);
    }
  }

  #toChecked(value: unknown, isWritten: boolean, result: SchemaResult<unknown>): Checked {
    const { vendor } = this.#standard;
    const checked = { part: this.#part, value, vendor, isWritten, faces: this.#faces };
    const issues = result.issues === undefined ? [] : requestIssues(checked, result.issues);
    this.#walk?.(value, (path) => issues.push(unknownName(this.#part, path)));
    return issues.length === 0 && result.issues === undefined ? { value: result.value } : { issues };
  }

  /** Schemas that refer to themselves go as deep as what was sent. */
  #orTooDeep(thrown: unknown): Checked {
    const { name, message } = Object(thrown) as { name?: unknown; message?: unknown };
    const isOverflow = name === 'RangeError' && String(message).startsWith('Maximum call stack');
    if (!isOverflow) throw thrown;
    return { issues: [tooDeep(this.#part)] };
  }

  #valueIn(exchange: ExchangeView): unknown {
    switch (this.name) {
      case 'params':
        return this.#fromTexts(exchange.params);
      case 'query':
        return this.#fromTexts(exchange.query);
      case 'headers':
        return this.#fromTexts(this.#headersOf(exchange));
      case 'fields':
        return this.#fromTexts(exchange.fields);
      case 'body':
        return exchange.isForm ? this.#fromTexts(exchange.body) : this.#fromJson(exchange.body);
    }
  }

  #headersOf({ headers }: ExchangeView): Values {
    const values = Object.create(null) as Record<string, string | string[]>;
    for (const [name, line] of headers) {
      const before = values[name];
      if (before === undefined) values[name] = this.#lists.has(name) ? [line] : line;
      else if (Array.isArray(before)) before.push(line);
      // RFC 9110 §5.3
      else values[name] = `${before}, ${line}`;
    }
    return values;
  }
}

/** More levels than anybody writes: schemas that refer to themselves would go as deep as what was sent. */
const MOST_LEVELS = 1_000;

/** Why a body is not even looked at: checking it would keep the process from everything else, or take all its memory. */
function tooMuchIn(exchange: ExchangeView, part: RequestPart): RequestIssue | undefined {
  const most = exchange.target.limits.jsonValues;
  // Each level and each value takes two bytes at least: most bodies need no look.
  if ((exchange.bytes?.length ?? 0) < 2 * Math.min(MOST_LEVELS, most)) return undefined;
  let count = 0;
  let level: readonly unknown[] = [exchange.body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MOST_LEVELS) return tooDeep(part);
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null || Buffer.isBuffer(one)) continue;
      const values: readonly unknown[] = Object.values(one);
      count += values.length;
      if (count > most) return tooMany(part, most);
      for (const inner of values) if (typeof inner === 'object') next.push(inner);
    }
    level = next;
  }
  return undefined;
}

function listsOf(json: JsonSchema | undefined): ReadonlySet<string> {
  const properties = Object.entries(json?.properties ?? {});
  return new Set(properties.filter(([, { type }]) => type === 'array').map(([name]) => name));
}
