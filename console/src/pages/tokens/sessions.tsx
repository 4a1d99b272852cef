import { Button, VisuallyHidden } from '@mantine/core';
import { useRead } from '../../live';
import { useAct } from '../../parts/act';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Loaded } from '../../parts/loaded';
import { Time } from '../../parts/time';

interface Session {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly ip?: string;
  readonly isOwn?: boolean;
}

/** Browsers that are signed in. */
export function Sessions() {
  const query = useRead<{ sessions: readonly Session[] }>('/sessions', ['tokens']);
  const ending = useAct('DELETE', '/sessions', { done: 'Signed out.' });
  const columns: readonly DataColumn<Session>[] = [
    { key: 'name', header: 'As', cell: ({ name }) => <code>{name}</code> },
    { key: 'ip', header: 'From', cell: ({ ip }) => <code>{ip ?? '–'}</code> },
    { key: 'created', header: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { key: 'ends', header: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    {
      key: 'end',
      header: <VisuallyHidden component="span">Actions</VisuallyHidden>,
      align: 'right',
      cell: ({ id, name, isOwn }) =>
        isOwn === true ? (
          'this one'
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => void ending.run(undefined, `/sessions/${encodeURIComponent(id)}`)}
          >
            Sign out<VisuallyHidden component="span"> {name}</VisuallyHidden>
          </Button>
        ),
    },
  ];
  return (
    <Loaded query={query}>
      {({ sessions }) => (
        <DataTable label="Signed in" columns={columns} rows={sessions} rowKey={({ id }) => id} />
      )}
    </Loaded>
  );
}
