import { Anchor, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Failure } from '../../parts/failure';
import { StateBadge } from '../../parts/state-badge';
import { Time, durationText } from '../../parts/time';
import { useEndpoints, type EndpointRow } from './use-endpoints';

const SHOWN: Readonly<Record<string, (row: EndpointRow) => boolean>> = {
  all: ({ measure }) => (measure?.requests ?? 0) > 0,
  failing: ({ measure }) => (measure?.failures ?? 0) > 0,
  unreachable: ({ health }) => health?.state === 'down',
};
const CHOICES = [
  { value: 'all', label: 'Busiest' },
  { value: 'failing', label: 'Failing' },
  { value: 'unreachable', label: 'Unreachable' },
];
const NOTHING: Readonly<Record<string, string>> = {
  all: 'No endpoint was asked in the last hour.',
  failing: 'No endpoint answered 500 or above in the last hour.',
  unreachable: 'Every endpoint can be reached.',
};
/** The rest stands on the pages of its plugins. */
const MOST = 100;

/** Each endpoint, checked by a request of the host to itself, with what it did in the last hour; problems first, what nobody asked left out. */
export function EndpointsTable() {
  const [shown, setShown] = useState('all');
  const [, navigate] = useLocation();
  const { endpoints, health } = useEndpoints();
  const rows = endpoints.filter(SHOWN[shown] ?? (() => true));
  return (
    <Stack gap="xs" component="section" aria-labelledby="endpoints">
      <Group justify="space-between">
        <Title order={2} size="h5" id="endpoints">
          Endpoints, last hour
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="Which endpoints"
          data={CHOICES}
          value={shown}
          onChange={setShown}
        />
      </Group>
      {health.isError && <Failure error={health.error} />}
      {rows.length === 0 ? (
        <Empty title={NOTHING[shown] ?? ''} />
      ) : (
        <DataTable
          label="Endpoints"
          columns={COLUMNS}
          rows={rows.slice(0, MOST)}
          rowKey={({ plugin, name }) => `${plugin} ${name}`}
          onOpen={({ plugin }) => navigate(`/plugins/${encodeURIComponent(plugin)}/endpoints`)}
          maxHeight="60vh"
        />
      )}
      {rows.length > MOST && (
        <Text size="sm" c="dimmed">
          {rows.length - MOST} more stand on the pages of their plugins.
        </Text>
      )}
    </Stack>
  );
}

const COLUMNS: readonly DataColumn<EndpointRow>[] = [
  {
    key: 'endpoint',
    header: 'Endpoint',
    cell: ({ plugin, name }) => (
      <>
        <span className="mono">{name}</span>
        <br />
        <Anchor size="xs" href={`#/plugins/${encodeURIComponent(plugin)}/endpoints`} className="mono">
          {plugin}
        </Anchor>
      </>
    ),
  },
  { key: 'state', header: 'State', cell: ({ health }) => <HealthCell health={health} /> },
  { key: 'requests', header: 'Requests', align: 'right', cell: ({ measure }) => measure?.requests ?? 0 },
  {
    key: 'failures',
    header: 'Failures',
    align: 'right',
    cell: ({ measure }) => {
      const failures = measure?.failures ?? 0;
      return failures === 0 ? 0 : <b>{failures}</b>;
    },
  },
  { key: 'refused', header: 'Refused', align: 'right', cell: ({ measure }) => measure?.refused ?? 0 },
  { key: 'p50', header: 'p50', align: 'right', cell: ({ measure }) => durationText(measure?.p50Ms) },
  { key: 'p95', header: 'p95', align: 'right', cell: ({ measure }) => durationText(measure?.p95Ms) },
  { key: 'p99', header: 'p99', align: 'right', cell: ({ measure }) => durationText(measure?.p99Ms) },
  { key: 'last', header: 'Last', cell: ({ measure }) => <Time at={measure?.lastAt} /> },
];

/** The word; what it means, where it is more than that. */
export function HealthCell({ health }: Pick<EndpointRow, 'health'>) {
  if (health === undefined) return '–';
  return (
    <span title={`${health.detail} (${health.status === 0 ? 'no answer' : health.status})`}>
      <StateBadge state={health.state} />
      {health.state === 'down' && (
        <Text size="xs" c="dimmed" maw={200} className="breaks">
          {health.detail}
        </Text>
      )}
    </span>
  );
}
