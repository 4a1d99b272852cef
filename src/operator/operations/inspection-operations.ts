import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { Operation } from '../operation';
import { listOf, text, time, whole } from './described';

const explanation = z.looseObject({
  method: text,
  path: text,
  status: whole.describe('What a request would get before any handler runs; 200: an endpoint answers.'),
  plugin: text.optional(),
  generation: whole.optional(),
  endpoint: z.looseObject({ method: text, path: text, origin: text, access: text }).optional(),
  params: z.record(text, text).optional(),
  steps: z.array(text).describe('Each decision in the order it is taken.'),
});
const use = z.looseObject({
  id: text,
  plugin: text,
  endpoint: text,
  successor: text,
  count: whole,
  lastCaller: z.looseObject({ ip: text, userAgent: text.optional(), at: time }).optional(),
});

/** What the host decides about requests, and who still uses what is deprecated. */
export const inspectionOperations: readonly Operation[] = [
  {
    ...{ id: 'requests.explain', method: 'GET', path: '/explain', scope: 'read' },
    summary: 'Which endpoint answers a request, and why',
    query: z.object({ method: text, path: text }),
    answer: explanation,
    run: async ({ operator, query: { method, path } }) =>
      operator.explain(asText('method', method).toUpperCase(), asText('path', path)),
  },
  {
    ...{ id: 'deprecations.list', method: 'GET', path: '/deprecations', scope: 'read' },
    summary: 'What is deprecated and still in use',
    answer: listOf('deprecations', use),
    run: async ({ operator }) => ({ deprecations: await operator.deprecations() }),
  },
  {
    ...{ id: 'openapi.host', method: 'GET', path: '/openapi.json', scope: 'read' },
    summary: 'What the host and its plugins answer, as OpenAPI 3.1',
    answer: z.looseObject({ openapi: text }),
    run: async ({ operator }) => operator.openApi(),
  },
  {
    ...{ id: 'openapi.plugin', method: 'GET', path: '/plugins/:key/openapi.json', scope: 'read' },
    summary: 'What a plugin answers, as OpenAPI 3.1',
    answer: z.looseObject({ openapi: text }),
    run: async ({ operator, params: { key } }) => operator.openApi(String(key)),
  },
];

function asText(name: string, given: unknown): string {
  if (typeof given === 'string' && given !== '') return given;
  throw new HostError('request/missing-query', [name]);
}
