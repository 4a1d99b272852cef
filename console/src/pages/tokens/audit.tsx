import { Button, Group, Modal, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../../api';
import type { Topic } from '../../live';
import { Code } from '../../parts/code';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Failure } from '../../parts/failure';
import { Time, exactText } from '../../parts/time';

interface Entry {
  readonly id: string;
  readonly at: number;
  readonly who: string;
  readonly via: string;
  readonly ip?: string;
  readonly verb: string;
  readonly subject: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly outcome: string;
}
interface Page {
  readonly items: readonly Entry[];
  readonly next?: string;
}

const TOPICS: readonly Topic[] = ['audit'];
const FILTERS = [
  ['who', 'Who'],
  ['verb', 'What, as plugins.reload'],
  ['subject', 'Of what, as acme.ci'],
] as const;

const columns: readonly DataColumn<Entry>[] = [
  { key: 'at', header: 'When', cell: ({ at }) => <Time at={at} /> },
  {
    key: 'who',
    header: 'Who',
    cell: ({ who, via, ip }) => (
      <Text size="sm">
        <code>{who}</code> by {via}
        {ip === undefined ? '' : ` from ${ip}`}
      </Text>
    ),
  },
  { key: 'verb', header: 'What', cell: ({ verb }) => <code>{verb}</code> },
  { key: 'subject', header: 'Of what', cell: ({ subject }) => <code>{subject}</code> },
  {
    key: 'outcome',
    header: 'Outcome',
    cell: ({ outcome }) => (
      <Text size="sm" c={outcome === 'done' ? undefined : 'red'}>
        {outcome}
      </Text>
    ),
  },
];

/** Every change that somebody made, newest first. */
export function Audit() {
  const [filter, setFilter] = useState<Readonly<Record<string, string>>>({});
  const [asked] = useDebouncedValue(filter, 250);
  const [open, setOpen] = useState<Entry>();
  const query = useInfiniteQuery({
    queryKey: ['read', '/audit', asked],
    queryFn: ({ pageParam }) => ask<Page>('GET', `/audit?${searchOf(asked, pageParam)}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    meta: { topics: TOPICS },
  });
  const entries = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {FILTERS.map(([name, label]) => (
          <TextInput
            key={name}
            label={label}
            value={filter[name] ?? ''}
            onChange={({ currentTarget: { value } }) => setFilter((before) => ({ ...before, [name]: value }))}
          />
        ))}
      </SimpleGrid>
      {query.isError && <Failure error={query.error} />}
      {query.isSuccess && entries.length === 0 ? (
        <Empty title="No changes">
          Whatever is changed by console, command line or API stands here with its author.
        </Empty>
      ) : (
        <DataTable
          label="Changes"
          columns={columns}
          rows={entries}
          rowKey={({ id }) => id}
          onOpen={setOpen}
        />
      )}
      {query.hasNextPage && (
        <Group>
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Older
          </Button>
        </Group>
      )}
      <EntryView entry={open} onClose={() => setOpen(undefined)} />
    </Stack>
  );
}

function searchOf(filter: Readonly<Record<string, string>>, after: string): string {
  const given = Object.entries({ ...filter, after }).filter(([, value]) => value !== '');
  return String(new URLSearchParams({ limit: '100', ...Object.fromEntries(given) }));
}

function EntryView({ entry, onClose }: { readonly entry: Entry | undefined; readonly onClose: () => void }) {
  return (
    <Modal
      opened={entry !== undefined}
      onClose={onClose}
      size="lg"
      title={`${entry?.verb ?? ''} ${entry?.subject ?? ''}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {entry !== undefined && (
        <Stack>
          <Text size="sm">
            <code>{entry.who}</code> by {entry.via}, {exactText(entry.at)}: {entry.outcome}
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <Side title="Before" value={entry.before} />
            <Side title="After" value={entry.after} />
          </SimpleGrid>
        </Stack>
      )}
    </Modal>
  );
}

function Side({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {value === undefined || value === null ? (
        <Text size="sm" c="dimmed">
          not recorded
        </Text>
      ) : (
        <Code text={JSON.stringify(value, undefined, 2)} label={title} />
      )}
    </Stack>
  );
}
