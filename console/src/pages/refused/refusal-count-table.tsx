import { Text } from '@mantine/core';
import type { RefusalCount, RefusalCounts } from '../../../../src/core/ports/quarantine-desk';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Time } from '../../parts/time';
import { REASON_WORDS } from './refusal-reasons';

interface RefusalCountTableProps {
  readonly counts: RefusalCounts;
  readonly onChoose: (filter: Readonly<Record<string, string | undefined>>) => void;
}

/** How often which endpoint refused, and why; a row narrows the list to it. */
export function RefusalCountTable({ counts: { counts, dropped }, onChoose }: RefusalCountTableProps) {
  if (counts.length === 0) return undefined;
  return (
    <>
      <DataTable
        label="Refusals by endpoint and reason"
        columns={COLUMNS}
        rows={counts}
        rowKey={({ plugin, name, scheme, reason }) => `${plugin} ${name} ${scheme} ${reason}`}
        onOpen={({ plugin, name, reason }) => onChoose({ plugin, name, reason })}
        maxHeight="12rem"
      />
      {dropped > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          {dropped.toLocaleString('en')} more were not kept: too many came at once.
        </Text>
      )}
    </>
  );
}

const COLUMNS: readonly DataColumn<RefusalCount>[] = [
  {
    key: 'count',
    header: 'Count',
    align: 'right',
    width: '5rem',
    cell: ({ count }) => count.toLocaleString('en'),
  },
  {
    key: 'endpoint',
    header: 'Endpoint',
    cell: ({ plugin, name }) => (
      <span className="mono">
        {plugin} {name}
      </span>
    ),
  },
  { key: 'reason', header: 'Reason', cell: ({ reason }) => REASON_WORDS[reason] ?? reason },
  { key: 'scheme', header: 'Scheme', cell: ({ scheme }) => scheme },
  { key: 'at', header: 'Last', cell: ({ latestAt }) => <Time at={latestAt} /> },
];
