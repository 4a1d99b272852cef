import type { JsonSchema } from '../core/json-schema';
import type { ApiResponse, Reference } from './open-api';

const PROBLEM = 'ProblemDetails';
const INVALID = 'ValidationProblem';
const MEMBERS: Readonly<Record<string, JsonSchema>> = {
  type: { type: 'string' },
  title: { type: 'string' },
  status: { type: 'integer' },
  instance: { type: 'string' },
  code: { type: 'string', description: 'area/reason' },
  requestId: { type: 'string' },
};
const REQUIRED = ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'];

/** Schemas of what the host itself answers. @see RFC 9457 */
export const problemSchemas: Readonly<Record<string, JsonSchema>> = {
  [PROBLEM]: {
    type: 'object',
    description: 'Problem details (RFC 9457).',
    properties: { ...MEMBERS, detail: { description: 'A text, or the structure that the plugin gave.' } },
    required: REQUIRED,
  },
  [INVALID]: {
    type: 'object',
    description: 'What is wrong with a request, each issue with its place.',
    properties: { ...MEMBERS, detail: { type: 'array', items: issue() } },
    required: REQUIRED,
  },
};

function issue(): JsonSchema {
  return {
    type: 'object',
    properties: {
      loc: {
        type: 'array',
        description: 'The part of the request, then the way to the value.',
        items: { type: ['string', 'integer'] },
      },
      msg: { type: 'string' },
      type: { type: 'string' },
    },
    required: ['loc', 'msg', 'type'],
  };
}

/** What the host answers by itself, by status. */
const TOLD: Readonly<Record<number, string>> = {
  400: 'The request cannot be read.',
  401: 'The request could not be verified.',
  403: 'The token does not hold the scope that is needed.',
  404: 'Nothing is there.',
  409: 'It is being worked on, or stands against something else.',
  410: 'The address is not served any more.',
  413: 'The body is too large.',
  415: 'The body is of a type that is not taken here.',
  422: 'The request is not as declared; every issue is listed.',
  429: 'Too many requests.',
  503: 'Not now; come again.',
};

/** The host's own answers of one document, listed once and referred to. */
export class ProblemBook {
  readonly #used = new Set<number>();

  /** References to the answers of these statuses. */
  tell(statuses: Iterable<number>): Record<string, Reference> {
    return Object.fromEntries(
      [...new Set(statuses)].map((status) => {
        this.#used.add(status);
        return [String(status), { $ref: `#/components/responses/Problem${status}` }];
      }),
    );
  }

  finish(): Record<string, ApiResponse> {
    const statuses = [...this.#used].sort((a, b) => a - b);
    return Object.fromEntries(statuses.map((status) => [`Problem${status}`, problemResponse(status)]));
  }
}

/** An answer with problem details. */
export function problemResponse(
  status: number,
  description = TOLD[status] ?? 'It did not work.',
): ApiResponse {
  const schema = { $ref: `#/components/schemas/${status === 422 ? INVALID : PROBLEM}` };
  return {
    description,
    ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
    content: { 'application/problem+json': { schema } },
  };
}

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds until it is worth another try.', schema: { type: 'string' } },
};
