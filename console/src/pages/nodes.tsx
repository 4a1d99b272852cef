import { Group, Text } from '@mantine/core';
import { useRead } from '../live';
import { DataTable, type DataColumn } from '../parts/data-table';
import { Empty } from '../parts/empty';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { StateBadge } from '../parts/state-badge';
import { Time } from '../parts/time';

interface Node {
  readonly id: string;
  readonly url: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly seenAt: number;
  readonly state: string;
  readonly plugins: Readonly<Record<string, number>>;
}

const columns: readonly DataColumn<Node>[] = [
  { key: 'state', header: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { key: 'url', header: 'Answers at', cell: ({ url }) => <code>{url}</code> },
  {
    key: 'machine',
    header: 'Machine',
    cell: ({ host, pid }) => (
      <Text size="sm">
        <code>{host}</code>, process {pid}
      </Text>
    ),
  },
  { key: 'plugins', header: 'Plugins', cell: ({ plugins }) => <Counts of={plugins} /> },
  { key: 'started', header: 'Started', cell: ({ startedAt }) => <Time at={startedAt} /> },
  { key: 'seen', header: 'Last heard of', cell: ({ seenAt }) => <Time at={seenAt} /> },
  { key: 'id', header: 'Id', cell: ({ id }) => <code>{id}</code> },
];

/** The hosts that share the store. */
export default function Nodes() {
  const query = useRead<{ nodes: readonly Node[] }>('/inbox/nodes', ['nodes', 'plugins']);
  return (
    <>
      <PageHead
        title="Nodes"
        description="Hosts that share this database. One that is not heard of for ten seconds leaves the list; its jobs go to the others."
      />
      <Loaded query={query}>
        {({ nodes }) =>
          nodes.length === 0 ? (
            <Empty title="No host is known">This one registers itself within seconds of its start.</Empty>
          ) : (
            <DataTable label="Hosts" columns={columns} rows={nodes} rowKey={({ id }) => id} />
          )
        }
      </Loaded>
    </>
  );
}

function Counts({ of: counts }: { readonly of: Node['plugins'] }) {
  const there = Object.entries(counts).filter(([, count]) => count > 0);
  return (
    <Group gap={6}>
      {there.map(([state, count]) => (
        <Text key={state} size="sm" c={state === 'failed' ? 'red' : undefined}>
          {count} {state}
        </Text>
      ))}
    </Group>
  );
}
