import { jsonSchemaOf, type JsonSchema } from '../core/json-schema';
import type { StandardSchema } from '../core/standard-schema';
import { definitionName, isSelfReferring, rewrite } from './schema-walk';

export type Side = 'input' | 'output';
type Definitions = Readonly<Record<string, JsonSchema>>;

interface Entry {
  /** Stands in the document already; filled in at the end. */
  readonly slot: Record<string, unknown>;
  readonly root: JsonSchema;
  readonly definitions: Definitions;
  readonly side: Side;
  /** Where it stands, for definitions that nobody named. */
  readonly place: string;
  readonly owner: string;
}

const PREFIX = '#/components/schemas/';
const UNTOLD = 'Its schema cannot be told in JSON Schema; it is checked all the same.';

/**
 * The schemas of one document. What libraries define by name becomes a component, once for the same content; where what is
 * taken and what is given differ, the latter is `<Name>Output`. Inputs are named first, whatever the order they came in, so
 * a name does not hang on the order of endpoints.
 */
export class SchemaBook {
  readonly #entries: Entry[] = [];
  readonly #components = new Map<string, JsonSchema>();
  /** By wanted name and content. */
  readonly #names = new Map<string, string>();
  /** Whose a component's name is. */
  readonly #owners = new Map<string, string>();
  #owner = '';
  readonly #told = new Map<StandardSchema, Partial<Record<Side, JsonSchema | undefined>>>();

  constructor(reserved: Definitions = {}) {
    for (const [name, schema] of Object.entries(reserved)) this.#components.set(name, schema);
  }

  /** Of what is added from now on: a name that is another owner's already gets this one before it. */
  begin(owner: string): void {
    this.#owner = owner;
  }

  /** What a schema takes or gives, as its library tells it; undefined where it does not. Asked once. */
  tell(schema: StandardSchema, side: Side): JsonSchema | undefined {
    const known = this.#told.get(schema) ?? {};
    this.#told.set(schema, known);
    if (!(side in known)) known[side] = jsonSchemaOf(schema, side);
    return known[side];
  }

  /** What may stand for the schema in the document: it is complete after `finish`. */
  add(schema: StandardSchema, side: Side, place: string): JsonSchema {
    const json = this.tell(schema, side);
    return json === undefined ? { description: UNTOLD } : this.addJson(json, side, place);
  }

  /** As `add`, of JSON Schema with its own `$defs`. */
  addJson(json: JsonSchema, side: Side, place: string): JsonSchema {
    const slot = {};
    const named = json.$defs ?? (json['definitions'] as Definitions | undefined) ?? {};
    const { $defs: _defs, definitions: _definitions, ...whole } = json;
    // A schema that names itself from inside has to stand where it can be named.
    const isRecursive = isSelfReferring(json);
    const definitions = isRecursive ? { ...named, '#': whole } : named;
    this.#entries.push({
      slot,
      root: isRecursive ? { $ref: '#' } : whole,
      definitions,
      side,
      place,
      owner: this.#owner,
    });
    return slot;
  }

  /** Fills in what `add` gave out; the components, by name. */
  finish(): Record<string, JsonSchema> {
    for (const side of ['input', 'output'] as const)
      for (const entry of this.#entries) if (entry.side === side) this.#fill(entry);
    this.#entries.length = 0;
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #fill(entry: Entry): void {
    const names = new Map<string, string>();
    const ref = (pointer: string) => {
      const name = definitionName(pointer);
      return name === undefined ? undefined : this.#nameOf(entry, name, names, ref);
    };
    // Answers may gain members: an object is not closed only because its schema drops the rest.
    Object.assign(entry.slot, rewrite(entry.root, { ref, isOpen: entry.side === 'output' }));
  }

  #nameOf(
    entry: Entry,
    name: string,
    names: Map<string, string>,
    ref: (pointer: string) => string | undefined,
  ): string | undefined {
    const known = names.get(name);
    if (known !== undefined) return known;
    if (!Object.hasOwn(entry.definitions, name)) return undefined;
    const wanted = wantedName(entry, name);
    const { pointer, isNew, isOpen } = this.#place(entry, name, wanted);
    names.set(name, pointer);
    if (isNew)
      this.#components.set(pointer.slice(PREFIX.length), rewrite(entry.definitions[name], { ref, isOpen }));
    return pointer;
  }

  /** A strict output equals its strict input as it is, any other once it is opened. */
  #place({ definitions, side, owner }: Entry, name: string, wanted: string) {
    // What nobody named is the same wherever it stands.
    const label = isNamed(name) ? wanted : '';
    const forms = (side === 'input' ? [false] : [false, true]).map((isOpen) => ({
      isOpen,
      key: `${label}\n${closure(definitions, name, isOpen)}`,
    }));
    for (const { key, isOpen } of forms) {
      const found = this.#names.get(key);
      if (found !== undefined) return { pointer: found, isNew: false, isOpen };
    }
    const { key, isOpen } = forms.at(-1) ?? { key: wanted, isOpen: false };
    const free = this.#free(wanted, side, owner);
    this.#names.set(key, PREFIX + free);
    this.#owners.set(free, owner);
    this.#components.set(free, {});
    return { pointer: PREFIX + free, isNew: true, isOpen };
  }

  #free(given: string, side: Side, owner: string): string {
    const isElsewhere = this.#components.has(given) && this.#owners.get(given) !== owner;
    const wanted = isElsewhere && owner !== '' ? `${owner}_${given}` : given;
    if (!this.#components.has(wanted)) return wanted;
    const base = side === 'output' ? `${wanted}Output` : wanted;
    if (!this.#components.has(base)) return base;
    for (let count = 2; ; count += 1) if (!this.#components.has(`${base}${count}`)) return `${base}${count}`;
  }
}

/** zod calls what nobody named `__schema0`. */
const isNamed = (name: string) => name !== '#' && !/^__schema\d+$/.test(name);

function wantedName({ place }: Entry, name: string): string {
  if (!isNamed(name)) return place + name.replace(/^#|^__schema0?/, '');
  return name.replace(/[^A-Za-z0-9._-]/g, '_') || place;
}

/** A definition and all it leads to, as one text: equal texts mean the same, whatever numbers the nameless ones got. */
function closure(definitions: Definitions, start: string, isOpen: boolean): string {
  const order = [start];
  const labelOf = (name: string) => (isNamed(name) ? name : `#${order.indexOf(name)}`);
  const ref = (pointer: string) => {
    const name = definitionName(pointer);
    if (name === undefined || !Object.hasOwn(definitions, name)) return undefined;
    if (!order.includes(name)) order.push(name);
    return labelOf(name);
  };
  // It grows while it is walked.
  const texts: string[] = [];
  for (const name of order) {
    const text = JSON.stringify(rewrite(definitions[name], { ref, isOpen }));
    texts.push(name === start ? text : `${labelOf(name)}${text}`);
  }
  return texts.join('\n');
}
