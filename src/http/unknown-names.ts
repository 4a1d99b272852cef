import type { JsonSchema } from '../core/json-schema';
import { itemOf, memberOf, SchemaFaces } from './schema-faces';

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
  readonly #faces: SchemaFaces;

  constructor(root: JsonSchema) {
    this.#faces = new SchemaFaces(root);
  }

  walk(schemas: readonly JsonSchema[], value: unknown, path: readonly PropertyKey[], report: Report): void {
    if (typeof value !== 'object' || value === null) return;
    const faces = this.#faces.of(schemas);
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
