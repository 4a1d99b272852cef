import { schemaAt, type JsonSchema } from '../core/json-schema';

/** What the schemas in one document come down to, references followed; looked up once, for all requests. */
export class SchemaFaces {
  readonly #root: JsonSchema;
  readonly #faces = new Map<JsonSchema, readonly JsonSchema[]>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** Schemas and all they are made of, each once: what refers to itself would double them at each level. */
  of(schemas: readonly JsonSchema[]): readonly JsonSchema[] {
    return [...new Set(schemas.flatMap((schema) => this.#facesOf(schema)))];
  }

  /** All that may stand at a place. */
  at(path: readonly PropertyKey[]): readonly JsonSchema[] {
    let faces = this.of([this.#root]);
    for (const step of path)
      faces = this.of(
        faces.flatMap((face) =>
          typeof step === 'number' ? itemOf(face, step) : memberOf(face, String(step)),
        ),
      );
    return faces;
  }

  #facesOf(schema: JsonSchema): readonly JsonSchema[] {
    const known = this.#faces.get(schema);
    if (known !== undefined) return known;
    const faces = new Set<JsonSchema>();
    const open = [schema];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (faces.has(next)) continue;
      faces.add(next);
      const target = next.$ref === undefined ? undefined : schemaAt(this.#root, next.$ref);
      open.push(...[next.allOf, next.anyOf, next.oneOf, target ?? []].flatMap((more) => more ?? []));
    }
    const found = [...faces].filter((face) => !isFrame(face));
    this.#faces.set(schema, found);
    return found;
  }
}

/** What a schema says of a member; empty where it says nothing. */
export function memberOf({ properties, additionalProperties }: JsonSchema, name: string): JsonSchema[] {
  if (properties !== undefined && Object.hasOwn(properties, name)) return [properties[name] as JsonSchema];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

/** What a schema says of a place in a list; empty where it says nothing. */
export function itemOf({ prefixItems = [], items }: JsonSchema, index: number): JsonSchema[] {
  const item = prefixItems[index] ?? items;
  return typeof item === 'object' ? [item] : [];
}

/** Says nothing of its own: a reference, or a choice of others. */
function isFrame(schema: JsonSchema): boolean {
  const isMade =
    schema.$ref !== undefined ||
    [schema.allOf, schema.anyOf, schema.oneOf].some((part) => part !== undefined);
  return isMade && schema.properties === undefined && schema.additionalProperties === undefined;
}
