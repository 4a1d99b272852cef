import type { Endpoint, FieldRule } from '../core/declaration';
import { jsonSchemaOf } from '../core/json-schema';
import type { StandardSchema } from '../core/standard-schema';

type FieldRules = Readonly<Record<string, FieldRule>>;

/** Which fields of a form an endpoint takes. */
export interface TakenFields {
  /** Undefined: the endpoint says nothing of fields. */
  readonly fieldRules: FieldRules | undefined;
  /** Fields of other names are taken too, for a schema to judge. */
  readonly takesAnyField: boolean;
}

/**
 * What an endpoint declares of fields: rules, or a schema. A form that is there as a whole is judged by the schema itself; of
 * one that is taken part by part only the names are known, where the schema says them.
 */
export function takenFields({ body, schema }: Pick<Endpoint, 'body' | 'schema'>): TakenFields {
  const fields = schema?.fields;
  if (body.fields !== undefined || fields === undefined)
    return { fieldRules: body.fields, takesAnyField: false };
  const named = body.kind === 'parts' ? namedIn(fields) : undefined;
  return { fieldRules: named ?? {}, takesAnyField: named === undefined };
}

/** Undefined where the names cannot be told, or are not all. */
function namedIn(schema: StandardSchema): FieldRules | undefined {
  const { properties, required = [], additionalProperties = false } = jsonSchemaOf(schema, 'input') ?? {};
  if (properties === undefined || additionalProperties !== false) return undefined;
  return Object.fromEntries(
    Object.keys(properties).map((name) => [name, { required: required.includes(name) }]),
  );
}
