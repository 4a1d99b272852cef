import type { JsonSchema } from '../core/json-schema';
import { definitionName } from './schema-walk';

export interface SchemaMember {
  /** Carries the definitions it may lead to. */
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** Further would be a schema that leads in a circle. */
const MOST_STEPS = 32;

/** The members of an object's schema by name, those of its alternatives (as not required) and parts too. */
export function schemaMembers(root: JsonSchema): Map<string, SchemaMember> {
  const found = new Map<string, SchemaMember>();
  const visit = (schema: JsonSchema, isSure: boolean, steps: number): void => {
    if (steps > MOST_STEPS) return;
    const target = typeof schema.$ref === 'string' ? definitionOf(root, schema.$ref) : undefined;
    if (target !== undefined) visit(target, isSure, steps + 1);
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      const isRequired = isSure && schema.required?.includes(name) === true;
      if (!found.has(name) || isRequired)
        found.set(name, { schema: { ...member, ...definitions(root) }, isRequired });
    }
    for (const part of schema.allOf ?? []) visit(part, isSure, steps + 1);
    for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) visit(part, false, steps + 1);
  };
  visit(root, true, 0);
  return found;
}

function definitions({ $defs }: JsonSchema): Pick<JsonSchema, '$defs'> {
  return $defs === undefined ? {} : { $defs };
}

function definitionOf(root: JsonSchema, pointer: string): JsonSchema | undefined {
  const name = definitionName(pointer);
  if (name === undefined || name === '#') return undefined;
  const { $defs } = root;
  return $defs !== undefined && Object.hasOwn($defs, name) ? $defs[name] : undefined;
}
