import { z } from 'zod';
import type { JsonSchema } from '../../core/json-schema';
import type { DescribedOperation, DescribedParameter } from '../../core/ports/operator-description';
import type { Operation } from '../operation';
import { operations as allOperations } from './operations';

/** The table as plain data, for documents. Default: all of it. */
export function describeOperations(
  operations: readonly Operation[] = allOperations,
): readonly DescribedOperation[] {
  return operations.map(described);
}

/** JSON Schema of what a schema takes; whoever reads it may change it. */
export function inputSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _version, ...told } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return told as JsonSchema;
}

function described({ id, method, path, summary, scope, ...told }: Operation): DescribedOperation {
  const { query, body, answer, answerType = 'application/json' } = told;
  const parameters = query === undefined ? [] : parametersOf(inputSchemaOf(query));
  const answered = answer && inputSchemaOf(answer);
  return {
    ...{ id, path, summary, scope, answerType },
    method: method.toLowerCase() as DescribedOperation['method'],
    query: parameters,
    body: body && inputSchemaOf(body),
    answer: answered,
    isPaginated:
      parameters.some(({ name }) => name === 'after') && answered?.properties?.['next'] !== undefined,
  };
}

function parametersOf({ properties = {}, required = [] }: JsonSchema): readonly DescribedParameter[] {
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, schema, required: required.includes(name) },
    description: typeof description === 'string' ? description : undefined,
  }));
}
