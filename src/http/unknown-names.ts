import type { JsonSchema } from '../core/json-schema';

/** Where a name stands that no schema knows. */
type Report = (path: readonly PropertyKey[]) => void;
type Walk = (value: unknown, report: Report) => void;

/**
 * Finds the names in a value that its schema does not declare: in objects with `properties` that take no others, in lists,
 * through references. Of several branches one that knows a name is enough. Compile once, call often.
 */
export function unknownNamesOf(root: JsonSchema): Walk {
  const names = new UnknownNames(root);
  return (value, report) => names.walk([root], value, [], report);
}

class UnknownNames {
  readonly #root: JsonSchema;
  /** What each schema comes down to: the same for all requests. */
  readonly #faces = new Map<JsonSchema, readonly JsonSchema[]>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  walk(schemas: readonly JsonSchema[], value: unknown, path: readonly PropertyKey[], report: Report): void {
    if (typeof value !== 'object' || value === null) return;
    const faces = schemas.flatMap((schema) => this.#facesOf(schema));
    if (Array.isArray(value)) {
      value.forEach((item: unknown, index) =>
        this.walk(
          faces.flatMap((face) => itemOf(face, index)),
          item,
          [...path, index],
          report,
        ),
      );
      return;
    }
    const objects = faces.filter(takesObjects);
    if (objects.length === 0 || objects.some(isOpen)) return;
    for (const [name, inner] of Object.entries(value)) {
      const known = objects.flatMap((face) => memberOf(face, name));
      if (known.length === 0) report([...path, name]);
      else this.walk(known, inner, [...path, name], report);
    }
  }

  /** A schema and all it is made of, references followed. */
  #facesOf(schema: JsonSchema): readonly JsonSchema[] {
    const known = this.#faces.get(schema);
    if (known !== undefined) return known;
    const faces = new Set<JsonSchema>();
    const open = [schema];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (faces.has(next)) continue;
      faces.add(next);
      const target = next.$ref === undefined ? undefined : lookUp(this.#root, next.$ref);
      open.push(...[next.allOf, next.anyOf, next.oneOf, target ?? []].flatMap((more) => more ?? []));
    }
    const found = [...faces].filter((face) => !isFrame(face));
    this.#faces.set(schema, found);
    return found;
  }
}

/** Says nothing of its own: a reference, or a choice of others. */
function isFrame(schema: JsonSchema): boolean {
  const isMade =
    schema.$ref !== undefined ||
    [schema.allOf, schema.anyOf, schema.oneOf].some((part) => part !== undefined);
  return isMade && schema.properties === undefined && schema.additionalProperties === undefined;
}

function takesObjects({ type, properties }: JsonSchema): boolean {
  if (type === undefined || properties !== undefined) return true;
  return typeof type === 'string' ? type === 'object' : type.includes('object');
}

/** Takes names that it does not declare. */
function isOpen({ properties, additionalProperties, patternProperties }: JsonSchema): boolean {
  if (patternProperties !== undefined || additionalProperties === true) return true;
  return properties === undefined && additionalProperties === undefined;
}

function memberOf({ properties, additionalProperties }: JsonSchema, name: string): JsonSchema[] {
  if (properties !== undefined && Object.hasOwn(properties, name)) return [properties[name] as JsonSchema];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

function itemOf({ prefixItems = [], items }: JsonSchema, index: number): JsonSchema[] {
  const item = prefixItems[index] ?? items;
  return typeof item === 'object' ? [item] : [];
}

/** `#`, `#/$defs/name` and other pointers into the same document (RFC 6901). */
function lookUp(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let found: unknown = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return typeof found === 'object' && found !== null ? (found as JsonSchema) : undefined;
}
