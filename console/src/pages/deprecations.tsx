import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useRead } from '../live';
import { CopyButton } from '../parts/copy';
import { DataTable, type DataColumn } from '../parts/data-table';
import { Empty } from '../parts/empty';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { Time } from '../parts/time';

interface Use {
  readonly id: string;
  readonly plugin: string;
  readonly endpoint: string;
  readonly successor: string;
  readonly count: number;
  readonly lastCaller?: { readonly ip: string; readonly userAgent?: string; readonly at: number };
}

const columns: readonly DataColumn<Use>[] = [
  {
    key: 'plugin',
    header: 'Plugin',
    cell: ({ plugin }) => (
      <Anchor component={Link} href={`/plugins/${plugin}/endpoints`} ff="monospace" size="sm">
        {plugin}
      </Anchor>
    ),
  },
  { key: 'endpoint', header: 'Old address', cell: ({ endpoint }) => <code>{endpoint}</code> },
  { key: 'id', header: 'What is deprecated', cell: ({ id }) => <code>{id}</code> },
  { key: 'count', header: 'Uses', align: 'right', cell: ({ count }) => count.toLocaleString('en') },
  { key: 'caller', header: 'Last caller', cell: ({ lastCaller }) => <Caller of={lastCaller} /> },
  {
    key: 'successor',
    header: 'Paste this instead',
    cell: ({ successor }) => (
      <Group gap="xs" wrap="nowrap">
        <code>{successor}</code>
        <CopyButton value={successor} label="URL" />
      </Group>
    ),
  },
];

/** Who still uses what is deprecated. */
export default function Deprecations() {
  const query = useRead<{ deprecations: readonly Use[] }>('/deprecations', ['receipts', 'plugins']);
  return (
    <>
      <PageHead
        title="Deprecations"
        description="Old addresses that were used since this host started: give each sender the new one. Plugins that declare them are named in the log when they load."
      />
      <Loaded query={query}>
        {({ deprecations }) =>
          deprecations.length === 0 ? (
            <Empty title="No old address was used">
              Old addresses keep working; a sender that still uses one stands here with the address to give
              it.
            </Empty>
          ) : (
            <DataTable
              label="Uses of what is deprecated"
              columns={columns}
              rows={[...deprecations].sort((a, b) => b.count - a.count)}
              rowKey={({ id, plugin, endpoint }) => `${id} ${plugin} ${endpoint}`}
            />
          )
        }
      </Loaded>
    </>
  );
}

function Caller({ of: caller }: { readonly of: Use['lastCaller'] }) {
  if (caller === undefined) return <Text size="sm">–</Text>;
  return (
    <Stack gap={0}>
      <Text size="sm">
        <code>{caller.ip}</code> <Time at={caller.at} />
      </Text>
      <Text size="xs" c="dimmed" className="breaks">
        {caller.userAgent ?? 'no user agent'}
      </Text>
    </Stack>
  );
}
