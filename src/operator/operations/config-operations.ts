import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { Operation, OperationCall } from '../operation';
import { text, whole } from './described';

/** All values of one plugin; what hosts share holds twice as much, sealed. */
const LARGEST_BODY_BYTES = 131_072;
const NO_JSON = 'the body is a JSON object { values, revision }, sent as application/json';

const values = z.record(text, z.unknown()).describe('A value for each field; secrets as { isSet }.');
const report = z.looseObject({
  schema: z.record(text, z.unknown()).optional().describe('JSON Schema.'),
  values,
  sources: z.record(text, z.enum(['default', 'file', 'stored', 'environment'])),
  revision: whole,
  state: text,
});

/**
 * Configuration of plugins. What the schema refuses is 422 with each issue, a revision that is not the present one 409, and
 * what is not stored is not loaded. Secret values do not come out.
 */
export const configOperations: readonly Operation[] = [
  {
    ...{ id: 'config.show', method: 'GET', path: '/plugins/:key/config', scope: 'read' },
    summary: 'Configuration of a plugin and its schema',
    answer: report,
    run: async (call) => call.operator.configs.view(keyOf(call)),
  },
  {
    ...{ id: 'config.set', method: 'PUT', path: '/plugins/:key/config', scope: 'plugins' },
    summary: 'Set configuration; answers after the reload',
    body: z.object({ values, revision: whole.describe('As it was read with the values.') }),
    // The parser's own messages quote the body, and with it what may be secret.
    reads: { limitBytes: LARGEST_BODY_BYTES, noJson: NO_JSON, refuse: badRequest },
    answer: z.looseObject({ revision: whole, taken: z.literal(true).optional() }),
    audit: { before: maskedValues, after: maskedAfter },
    run: async (call) => {
      const { values, revision } = fieldsOf(call.body);
      return call.operator.configs.change(keyOf(call), mappingIn(values), revisionIn(revision));
    },
  },
];

const keyOf = ({ params }: OperationCall) => String(params['key']);

async function maskedValues(call: OperationCall): Promise<unknown> {
  return (await call.operator.configs.view(keyOf(call))).values;
}
/** What was refused is not told: without its schema nobody knows which of it is secret. */
function maskedAfter(call: OperationCall, answered: unknown): unknown {
  return answered === undefined ? undefined : maskedValues(call);
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  const fields = isMapping(body) ? body : refuse(NO_JSON);
  if (Object.keys(fields).some((name) => name !== 'values' && name !== 'revision'))
    return refuse('the body knows values and revision, and no other member');
  return fields;
}

function mappingIn(values: unknown): Readonly<Record<string, unknown>> {
  return isMapping(values) ? values : refuse('values is an object, a value for each field');
}

function revisionIn(revision: unknown): number {
  const isRight = Number.isSafeInteger(revision) && Number(revision) >= 0;
  return isRight ? Number(revision) : refuse('revision is the whole number that was read with the values');
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function badRequest(why: string): HostError {
  return new HostError('plugin/bad-config-request', [why]);
}
function refuse(why: string): never {
  throw badRequest(why);
}
