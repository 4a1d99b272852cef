import type { EndpointMeasure, Series } from '../core/ports/measurements';
import type { MeasurementsDesk } from './operator';
import { listIn, queryOf, type OperatorConnection } from './operator-connection';

const GAPPED = ['p50Ms', 'p95Ms', 'p99Ms', 'backlog'] as const satisfies readonly (keyof Series)[];

/** What a host in another process measured. */
export function connectMeasurements({ where, read }: OperatorConnection): MeasurementsDesk {
  return {
    series: async (query) => {
      const series = (await read('GET', `measurements/series${queryOf({ ...query })}`)) as unknown as Series;
      // JSON has no undefined in lists.
      const gapped = GAPPED.map((name) => [name, series[name].map((value) => value ?? undefined)] as const);
      return { ...series, ...Object.fromEntries(gapped) };
    },
    endpoints: async (lastMs) => {
      const answer = await read('GET', `measurements/endpoints${queryOf({ lastMs })}`);
      return listIn<EndpointMeasure>(answer, 'endpoints', where);
    },
  };
}
