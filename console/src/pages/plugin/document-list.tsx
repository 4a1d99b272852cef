import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CollectionSummary, StoredDocument } from '../../../../src/core/ports/data-desk';
import type { Page } from '../../../../src/core/ports/inbox-desk';
import { ask } from '../../api';
import { useAct } from '../../parts/act';
import { Code } from '../../parts/code';
import { useConfirm } from '../../parts/confirm';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Failure } from '../../parts/failure';
import { Time } from '../../parts/time';
import { useMay } from '../../session';

interface DocumentListProps {
  /** Of the plugin's data in the operator API. */
  readonly path: string;
  readonly collection: CollectionSummary;
}

const TYPING_MS = 300;

/** The documents of one collection, page by page; one is opened to be read, or deleted. */
export function DocumentList({ path, collection: { collection, scope } }: DocumentListProps) {
  const [start, setStart] = useState('');
  const [open, setOpen] = useState<StoredDocument>();
  const [id] = useDebouncedValue(start.trim(), TYPING_MS);
  const filter = { collection, scope, ...(id !== '' && { id }) };
  const documents = useInfiniteQuery({
    queryKey: ['documents', path, filter],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ ...filter, ...(pageParam !== '' && { after: pageParam }) });
      return ask<Page<StoredDocument>>('GET', `${path}/documents?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  const rows = documents.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Stack gap="xs">
      <TextInput
        type="search"
        size="xs"
        maw={320}
        aria-label="Id begins with"
        placeholder="Id begins with"
        value={start}
        onChange={(event) => setStart(event.currentTarget.value)}
      />
      {documents.isError && <Failure error={documents.error} />}
      {documents.isSuccess && rows.length === 0 && <Empty title="No document is like that." />}
      {rows.length > 0 && (
        <DataTable
          label="Documents"
          columns={COLUMNS}
          rows={rows}
          rowKey={(one) => one.id}
          onOpen={setOpen}
        />
      )}
      {documents.hasNextPage && (
        <Group>
          <Button
            variant="default"
            size="xs"
            loading={documents.isFetchingNextPage}
            onClick={() => void documents.fetchNextPage()}
          >
            More
          </Button>
        </Group>
      )}
      <DocumentDialog path={path} document={open} onClose={() => setOpen(undefined)} />
    </Stack>
  );
}

const PREVIEW = 120;
const COLUMNS: readonly DataColumn<StoredDocument>[] = [
  { key: 'id', header: 'Id', cell: ({ id }) => <span className="mono">{id}</span> },
  { key: 'version', header: 'Version', align: 'right', cell: ({ version }) => version },
  { key: 'updated', header: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
  {
    key: 'data',
    header: 'Data',
    cell: ({ data }) => <span className="mono quiet">{data.slice(0, PREVIEW)}</span>,
  },
];

interface DocumentDialogProps {
  readonly path: string;
  readonly document: StoredDocument | undefined;
  readonly onClose: () => void;
}

function DocumentDialog({ path, document, onClose }: DocumentDialogProps) {
  const may = useMay('plugins');
  const confirm = useConfirm();
  const { collection = '', scope = '', id = '', data = '' } = document ?? {};
  const query = new URLSearchParams({ collection, scope, id });
  const remove = useAct('DELETE', `${path}/documents?${query}`, { done: `${id} is deleted.` });
  const removeIt = async () => {
    if (!(await confirm(`Delete ${id}?`, `Of ${collection} (${scope}). It cannot be undone.`, 'Delete')))
      return;
    await remove.run();
    onClose();
  };
  return (
    <Modal
      opened={document !== undefined}
      onClose={onClose}
      size="xl"
      title={<span className="mono breaks">{id}</span>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="xs">
        <Code text={data} language="json" label="Data" />
        <Group>
          <Button variant="outline" color="red" size="xs" disabled={!may} onClick={() => void removeIt()}>
            Delete …
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
