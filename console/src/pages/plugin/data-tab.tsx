import { Anchor, Breadcrumbs, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { CollectionSummary } from '../../../../src/core/ports/data-desk';
import { useRead } from '../../live';
import { useAct } from '../../parts/act';
import { useConfirm } from '../../parts/confirm';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import { useMay } from '../../session';
import type { TabProps } from '../plugin';
import { DocumentList } from './document-list';
import { idOf } from './plugin-facts';

/** What it keeps: its collections, the documents of one, and their end. */
export default function DataTab({ plugin }: TabProps) {
  const id = idOf(plugin);
  const [open, setOpen] = useState<CollectionSummary>();
  const path = `/plugins/${encodeURIComponent(id)}/data`;
  const collections = useRead<{ readonly collections: readonly CollectionSummary[] }>(path, [
    'plugins',
    'jobs',
  ]);
  if (open !== undefined)
    return (
      <Stack gap="xs">
        <Breadcrumbs>
          <Anchor component="button" type="button" size="sm" onClick={() => setOpen(undefined)}>
            All collections
          </Anchor>
          <span className="mono">{nameOf(open)}</span>
        </Breadcrumbs>
        <DocumentList path={path} collection={open} />
      </Stack>
    );
  return (
    <Loaded query={collections}>
      {(data) =>
        data.collections.length === 0 ? (
          <Empty title="It keeps nothing.">
            services.store and services.sql keep what a plugin gives them.
          </Empty>
        ) : (
          <Stack gap="xs">
            <DataTable
              label="Collections"
              columns={COLUMNS}
              rows={data.collections}
              rowKey={({ collection, scope }) => `${scope} ${collection}`}
              onOpen={setOpen}
            />
            <ClearButton id={id} path={path} />
          </Stack>
        )
      }
    </Loaded>
  );
}

/** As many as are counted. */
const COUNTED = 10_000;
const COLUMNS: readonly DataColumn<CollectionSummary>[] = [
  {
    key: 'collection',
    header: 'Collection',
    cell: ({ collection }) => <span className="mono">{collection}</span>,
  },
  { key: 'scope', header: 'Of', cell: ({ scope }) => <span className="mono">{scope}</span> },
  {
    key: 'count',
    header: 'Documents',
    align: 'right',
    cell: ({ count }) => (count >= COUNTED ? `${COUNTED.toLocaleString('en')} or more` : count),
  },
];
const nameOf = ({ collection, scope }: CollectionSummary) => `${collection} (${scope})`;

function ClearButton({ id, path }: { readonly id: string; readonly path: string }) {
  const may = useMay('plugins');
  const confirm = useConfirm();
  const clear = useAct('DELETE', path, { done: `All that ${id} kept is deleted.` });
  const clearAll = async () => {
    const text =
      'Every document of every collection, of its users and chats too, and its cache. It cannot be undone.';
    if (await confirm(`Delete all data of ${id}?`, text, 'Delete all')) await clear.run();
  };
  return (
    <Group>
      <Button
        variant="outline"
        color="red"
        size="xs"
        disabled={!may}
        loading={clear.isBusy}
        onClick={() => void clearAll()}
      >
        Delete all data …
      </Button>
      {!may && (
        <Text size="xs" c="dimmed">
          Your token lacks the scope plugins.
        </Text>
      )}
    </Group>
  );
}
