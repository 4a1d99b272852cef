import { Group, Paper, SegmentedControl, SimpleGrid, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Series } from '../../../../src/core/ports/measurements';
import { ask } from '../../api';
import { Chart } from '../../parts/chart';
import { Loaded } from '../../parts/loaded';

const HOUR_MS = 3_600_000;
const RANGES = [
  { value: String(HOUR_MS), label: '1 h' },
  { value: String(6 * HOUR_MS), label: '6 h' },
  { value: String(24 * HOUR_MS), label: '24 h' },
];
/** Time goes on where nothing happens: charts are read by the clock, while the page is looked at. */
const EVERY_MS = 15_000;

interface TrafficChartsProps {
  /** Of one plugin; default the whole host. */
  readonly plugin?: string;
}

/** Requests, failures, times and the backlog. */
export function TrafficCharts({ plugin }: TrafficChartsProps) {
  const [lastMs, setLastMs] = useState(String(HOUR_MS));
  const query = new URLSearchParams({ lastMs, ...(plugin !== undefined && { plugin }) });
  const path = `/measurements/series?${query}`;
  const series = useQuery({
    queryKey: ['read', path],
    queryFn: () => ask<Series>('GET', path),
    refetchInterval: EVERY_MS,
    placeholderData: (before) => before,
  });
  return (
    <Stack gap="xs" component="section" aria-labelledby="traffic">
      <Group justify="space-between">
        <Title order={2} size="h5" id="traffic">
          Traffic
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="Of the last"
          data={RANGES}
          value={lastMs}
          onChange={setLastMs}
        />
      </Group>
      <Loaded query={series}>{(data) => <Charts series={data} isWhole={plugin === undefined} />}</Loaded>
    </Stack>
  );
}

function Charts({ series, isWhole }: { readonly series: Series; readonly isWhole: boolean }) {
  const { times, stepMs } = series;
  const perMinute = (counts: readonly number[]) => counts.map((count) => (count * 60_000) / stepMs);
  return (
    <SimpleGrid cols={{ base: 1, md: isWhole ? 2 : 3, xl: isWhole ? 4 : 3 }} spacing="xs">
      <Framed>
        <Chart
          title="Requests per minute"
          unit="/min"
          times={times}
          lines={[{ label: 'requests', values: perMinute(series.requests) }]}
        />
      </Framed>
      <Framed>
        <Chart
          title="Failures per minute"
          unit="/min"
          times={times}
          lines={[
            { label: '500 and above', values: perMinute(series.failures), color: 'red' },
            { label: '400 to 499', values: perMinute(series.refused), color: 'orange' },
          ]}
        />
      </Framed>
      <Framed>
        <Chart
          title="Time to answer"
          unit="ms"
          times={times}
          lines={[
            { label: 'p50', values: series.p50Ms },
            { label: 'p95', values: series.p95Ms },
            { label: 'p99', values: series.p99Ms },
          ]}
        />
      </Framed>
      {isWhole && (
        <Framed>
          <Chart
            title="Backlog"
            unit="jobs"
            times={times}
            lines={[{ label: 'due and not done', values: series.backlog }]}
          />
        </Framed>
      )}
    </SimpleGrid>
  );
}

function Framed({ children }: { readonly children: ReactNode }) {
  return (
    <Paper withBorder p="xs" miw={0}>
      {children}
    </Paper>
  );
}
