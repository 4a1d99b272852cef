import { Badge, Button, Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { useRead } from '../../live';
import { useAct } from '../../parts/act';
import { useConfirm } from '../../parts/confirm';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import { Time } from '../../parts/time';
import { TokenMaker } from './token-maker';

interface Token {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly user?: string;
  readonly roles?: readonly string[];
  readonly createdAt: number;
  readonly notAfter?: number;
  readonly lastUsedAt?: number;
}

/** Tokens besides the operator's own; values are told once, when they are made. */
export function Tokens() {
  const query = useRead<{ tokens: readonly Token[] }>('/tokens', ['tokens']);
  const [isMaking, setMaking] = useState(false);
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          The operator’s own token is not listed: it stands in the data folder, and may everything.
        </Text>
        <Button onClick={() => setMaking(true)}>New token</Button>
      </Group>
      <TokenMaker isOpen={isMaking} onClose={() => setMaking(false)} />
      <Loaded query={query}>
        {({ tokens }) =>
          tokens.length === 0 ? (
            <Empty title="No tokens">
              Make one for each person and program that asks this host, with no more than it needs: then each
              can be told apart in the audit, and revoked alone.
            </Empty>
          ) : (
            <TokenTable tokens={tokens} />
          )
        }
      </Loaded>
    </Stack>
  );
}

function TokenTable({ tokens }: { readonly tokens: readonly Token[] }) {
  const confirm = useConfirm();
  const revoking = useAct('DELETE', '/tokens', { done: 'Revoked: it counts no longer, on any host.' });
  const revoke = async (name: string) => {
    const text = `Whoever uses ${name} is refused from now on. This cannot be undone; a new token has another value.`;
    if (await confirm(`Revoke ${name}?`, text, 'Revoke'))
      await revoking.run(undefined, `/tokens/${encodeURIComponent(name)}`);
  };
  const columns: readonly DataColumn<Token>[] = [
    { key: 'name', header: 'Name', cell: ({ name }) => <code>{name}</code> },
    { key: 'scopes', header: 'May', cell: ({ scopes }) => <Scopes of={scopes} /> },
    { key: 'user', header: 'In the name of', cell: ({ user, roles }) => whose(user, roles) },
    { key: 'created', header: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      key: 'ends',
      header: 'Ends',
      cell: ({ notAfter }) => (notAfter === undefined ? 'when it is revoked' : <Time at={notAfter} />),
    },
    {
      key: 'used',
      header: 'Last used',
      cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : <Time at={lastUsedAt} />),
    },
    {
      key: 'revoke',
      header: <VisuallyHidden component="span">Actions</VisuallyHidden>,
      align: 'right',
      cell: ({ name }) => (
        <Button size="compact-xs" variant="light" color="red" onClick={() => void revoke(name)}>
          Revoke<VisuallyHidden component="span"> {name}</VisuallyHidden>
        </Button>
      ),
    },
  ];
  return <DataTable label="Tokens" columns={columns} rows={tokens} rowKey={({ name }) => name} />;
}

function Scopes({ of: scopes }: { readonly of: readonly string[] }) {
  return (
    <Group gap={4}>
      {scopes.map((scope) => (
        <Badge key={scope} variant="default" tt="none" fw={500} ff="monospace">
          {scope}
        </Badge>
      ))}
    </Group>
  );
}

function whose(user: string | undefined, roles: readonly string[] = []): string {
  if (user === undefined) return '–';
  return roles.length === 0 ? user : `${user} (${roles.join(', ')})`;
}
