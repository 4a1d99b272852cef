import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { Operation } from '../operation';
import { listOf, text, time, whole } from './described';

const HOUR_MS = 3_600_000;
const lastMs = z.coerce.number().int().min(1).max(86_400_000).optional();
const milliseconds = z.number().nullish().describe('null where nobody asked.');

const series = z.looseObject({
  stepMs: whole.describe('Length of a step; the last one is not over.'),
  times: z.array(time),
  requests: z.array(whole),
  failures: z.array(whole).describe('Answers 500 and above.'),
  refused: z.array(whole).describe('Answers 400 to 499.'),
  p50Ms: z.array(milliseconds),
  p95Ms: z.array(milliseconds),
  p99Ms: z.array(milliseconds),
  backlog: z.array(whole.nullish()).describe('Jobs that were due and not begun, of the whole store.'),
});
const endpoint = z.looseObject({
  plugin: text,
  name: text.describe('As in `POST /github`; `none` where no endpoint of the plugin answered.'),
  requests: whole,
  failures: whole,
  refused: whole,
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
  p99Ms: z.number().optional(),
  lastAt: time.optional(),
});
const seriesQuery = z.strictObject({
  lastMs: lastMs.describe(
    'How far back, ms; default an hour, at most a day. Beyond an hour steps are ten minutes.',
  ),
  plugin: text.max(256).optional(),
  name: text.max(2_048).optional().describe('Of one endpoint, as in `POST /github`.'),
});
const endpointsQuery = z.strictObject({ lastMs: lastMs.describe('How far back, ms; default an hour.') });

/** What the asked host measured. */
export const measurementsOperations: readonly Operation[] = [
  {
    ...{ id: 'measurements.series', method: 'GET', path: '/measurements/series', scope: 'read' },
    summary: 'Requests, failures, latencies and backlog, step by step',
    query: seriesQuery,
    answer: series,
    run: async ({ operator, query }) => operator.measurements.series(read(seriesQuery, query)),
  },
  {
    ...{ id: 'measurements.endpoints', method: 'GET', path: '/measurements/endpoints', scope: 'read' },
    summary: 'What each endpoint did lately, the busiest first',
    query: endpointsQuery,
    answer: listOf('endpoints', endpoint),
    run: async ({ operator, query }) => ({
      endpoints: await operator.measurements.endpoints(read(endpointsQuery, query).lastMs ?? HOUR_MS),
    }),
  },
];

/** @throws inbox/bad-request naming what is not understood */
function read<Query>(kind: z.ZodType<Query>, query: unknown): Query {
  const { success, data, error } = kind.safeParse(query);
  if (success) return data;
  const [issue] = error.issues;
  throw new HostError('inbox/bad-request', [
    `${issue?.path.join('.') || 'the query'}: ${issue?.message ?? ''}`,
  ]);
}
