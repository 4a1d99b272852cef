import { isOpen, isVerifying, modesOf } from '../core/access';
import type { Endpoint } from '../core/declaration';
import type { DescribedError } from '../core/endpoint-schema';
import type { RateLimitSettings } from '../core/settings';
import type { ApiResponse, Content, Operation } from './open-api';
import { problemResponse, type ProblemBook } from './problems';
import type { SchemaBook } from './schema-book';

/** Where the books of a document are. */
export interface ResponseParts {
  readonly schemas: SchemaBook;
  readonly problems: ProblemBook;
  readonly rateLimit: RateLimitSettings | undefined;
}

/** What an endpoint answers: its success, what its author says of errors, and what the host refuses before it. */
export function describeResponses(
  endpoint: Endpoint,
  { schemas, problems, rateLimit }: ResponseParts,
  place: string,
  hasBody: boolean,
): Operation['responses'] {
  const { schema = {} } = endpoint;
  const own = Object.entries(schema.errors ?? {}).map(
    ([status, error]) => [status, errorResponse(Number(status), error, schemas, place)] as const,
  );
  const refusals = problems.tell(refusalsOf(endpoint, rateLimit, hasBody));
  // Statuses are whole numbers: an object lists them in order, whatever order they came in.
  return { ...refusals, ...successes(endpoint, schemas, place), ...Object.fromEntries(own) };
}

function successes(
  { schema = {}, answer, serve }: Endpoint,
  schemas: SchemaBook,
  place: string,
): Record<string, ApiResponse> {
  if ('connect' in serve) return { 101: { description: 'The connection is a WebSocket from here on.' } };
  if (answer === 'accept') return { 202: ACCEPTED };
  const { status = 200, response } = schema;
  const content: Content =
    response === undefined
      ? { '*/*': {} }
      : { 'application/json': { schema: schemas.add(response, 'output', `${place}Response`) } };
  const isEmpty = status === 204 || status === 205 || status === 304;
  const said: ApiResponse = {
    description: response === undefined && !isEmpty ? 'As the plugin answers.' : 'Done.',
    ...(isEmpty ? {} : { content }),
  };
  return { [status]: said, ...(answer === 'handler' ? {} : { 202: ACCEPTED }) };
}

const ACCEPTED: ApiResponse = {
  description: 'Stored; it is worked on from here.',
  headers: { Location: { description: 'Where the receipt says how it goes.', schema: { type: 'string' } } },
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: { id: { type: 'string' }, status: { type: 'string' } },
        required: ['id', 'status'],
      },
    },
  },
};

function errorResponse(
  status: number,
  { description, schema }: DescribedError,
  schemas: SchemaBook,
  place: string,
): ApiResponse {
  if (schema === undefined) return problemResponse(status, description);
  return {
    description,
    content: { 'application/json': { schema: schemas.add(schema, 'output', `${place}Error${status}`) } },
  };
}

function refusalsOf(
  { schema = {}, access, quotas, answer, idempotency, body }: Endpoint,
  rateLimit: RateLimitSettings | undefined,
  hasBody: boolean,
): number[] {
  const { params, query, headers, body: bodySchema, fields } = schema;
  const isChecked = [params, query, headers, bodySchema, fields].some((part) => part !== undefined);
  const isGuarded = !isOpen(access);
  const hasQuota = [quotas, rateLimit?.perAddress, rateLimit?.perEndpoint].some((rate) => rate !== undefined);
  const isStored = answer !== 'handler' || idempotency !== undefined;
  const isTyped = bodySchema !== undefined || body.kind !== 'auto' || body.files !== undefined;
  const found: readonly (readonly [number, boolean])[] = [
    [400, hasBody || idempotency !== undefined],
    [401, isGuarded],
    [409, idempotency !== undefined],
    [413, hasBody],
    [415, hasBody && isTyped],
    [422, isChecked || idempotency !== undefined],
    [429, hasQuota || (isGuarded && rateLimit?.refusals !== undefined)],
    [503, isStored || modesOf(access).some(isVerifying)],
  ];
  return found.flatMap(([status, isSo]) => (isSo ? [status] : []));
}
