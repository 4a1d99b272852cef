import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { EndpointHealth } from '../../../../src/core/ports/health-desk';
import type { EndpointMeasure } from '../../../../src/core/ports/measurements';
import { ask } from '../../api';

/** One endpoint: whether it can be reached, and what it did lately; either may be unknown. */
export interface EndpointRow {
  readonly plugin: string;
  /** As `POST /path`. */
  readonly name: string;
  readonly health: EndpointHealth | undefined;
  readonly measure: EndpointMeasure | undefined;
}

/** The host checks at most every ten seconds. */
const EVERY_MS = 30_000;
const LAST_MS = 3_600_000;
/** The host's own pages, this console among them, are no endpoints of a plugin. */
const HOST = 'gatehouse.host';

/** Every endpoint that was checked or asked in the last hour. */
export function useEndpoints(): {
  readonly endpoints: readonly EndpointRow[];
  readonly health: UseQueryResult<{ readonly endpoints: readonly EndpointHealth[] }>;
} {
  const health = useQuery({
    queryKey: ['read', '/health/endpoints'],
    queryFn: () => ask<{ readonly endpoints: readonly EndpointHealth[] }>('GET', '/health/endpoints'),
    meta: { topics: ['plugins', 'secrets'] },
    refetchInterval: EVERY_MS,
  });
  const path = `/measurements/endpoints?lastMs=${LAST_MS}`;
  const measures = useQuery({
    queryKey: ['read', path],
    queryFn: () => ask<{ readonly endpoints: readonly EndpointMeasure[] }>('GET', path),
    refetchInterval: EVERY_MS,
  });
  return { endpoints: joined(health.data?.endpoints ?? [], measures.data?.endpoints ?? []), health };
}

function joined(
  healths: readonly EndpointHealth[],
  measures: readonly EndpointMeasure[],
): readonly EndpointRow[] {
  const rows = new Map<string, EndpointRow>();
  for (const health of healths) {
    const name = `${health.method} ${health.path}`;
    rows.set(`${health.plugin} ${name}`, { plugin: health.plugin, name, health, measure: undefined });
  }
  for (const measure of measures) {
    const { plugin, name } = measure;
    if (plugin === HOST) continue;
    rows.set(`${plugin} ${name}`, { plugin, name, health: rows.get(`${plugin} ${name}`)?.health, measure });
  }
  return [...rows.values()].sort((a, b) => urgency(b) - urgency(a) || asked(b) - asked(a));
}

/** What cannot be reached before what fails, before the rest. */
function urgency({ health, measure }: EndpointRow): number {
  return (health?.state === 'down' ? 2 : 0) + ((measure?.failures ?? 0) > 0 ? 1 : 0);
}
const asked = ({ measure }: EndpointRow) => measure?.requests ?? 0;
