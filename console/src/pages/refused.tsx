import { Button, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { RefusalCounts, RefusalSummary } from '../../../src/core/ports/quarantine-desk';
import { REFUSAL_REASONS } from '../../../src/core/refusal-reasons';
import { useRead } from '../live';
import { useBulk } from '../parts/bulk';
import { useRowSelection } from '../parts/bulk-selection';
import { Empty } from '../parts/empty';
import { FilterBar, useKnownNames, type FilterField } from '../parts/filters';
import { useFilters, withQuery } from '../parts/filters-address';
import { InfiniteRows } from '../parts/infinite-rows';
import type { RowColumn } from '../parts/infinite-rows-row';
import { useInfiniteList } from '../parts/infinite-rows-data';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { Time } from '../parts/time';
import { RefusalCountTable } from './refused/refusal-count-table';
import { REASON_WORDS } from './refused/refusal-reasons';

const NAMES = ['plugin', 'name', 'reason', 'ip', 'since', 'until'] as const;
const REASONS = REFUSAL_REASONS.map((reason) => [reason, REASON_WORDS[reason] ?? reason] as const);
const MORE: readonly FilterField[] = [
  { kind: 'text', name: 'ip', label: 'From address' },
  { kind: 'time', name: 'since', label: 'Received since' },
  { kind: 'time', name: 'until', label: 'Received before' },
];
/** The host takes no more ids at once. */
const MOST_IDS = 200;

/** Requests that were refused, as they came. */
export default function Refused() {
  const { values, set } = useFilters(NAMES);
  const { plugins, endpoints } = useKnownNames(values['plugin']);
  const list = useInfiniteList<RefusalSummary>(withQuery('/quarantine', values), ['refusals']);
  const counts = useRead<RefusalCounts>(withQuery('/quarantine/counts', values), ['refusals']);
  const selection = useRowSelection();
  const bulk = useBulk(() => {
    selection.set([]);
    list.reload();
  });
  const ids = [...selection.ids].slice(0, MOST_IDS);
  const isFiltered = Object.keys(values).length > 0;
  const total = (counts.data?.counts ?? []).reduce((sum, { count }) => sum + count, 0);
  const purge = () =>
    bulk.start({
      verb: 'Purge',
      path: '/quarantine/purge',
      target: ids.length > 0 ? { ids } : { filter: values },
      nouns: ['refused request', 'refused requests'],
      explains: 'They are deleted, and cannot be had back.',
      isDestructive: true,
      count: () => Promise.resolve(ids.length > 0 ? ids.length : total),
    });
  return (
    <>
      <PageHead
        title="Refused"
        description="Requests whose senders could not be verified, or came from where nobody may ask. Open one: the doctor says what would have passed."
      />
      <FilterBar
        fields={[
          { kind: 'suggested', name: 'plugin', label: 'Plugin', options: plugins },
          { kind: 'suggested', name: 'name', label: 'Endpoint', options: endpoints },
          { kind: 'choice', name: 'reason', label: 'Reason', options: REASONS, width: '15rem' },
        ]}
        more={MORE}
        values={values}
        onChange={set}
      />
      <Loaded query={counts}>{(data) => <RefusalCountTable counts={data} onChoose={set} />}</Loaded>
      <Group gap="xs" my="xs" mih={30}>
        {ids.length > 0 && (
          <Text size="sm" role="status">
            {ids.length} selected{ids.length < selection.ids.size ? ', the most at once' : ''}
          </Text>
        )}
        <Button size="compact-sm" variant="default" disabled={list.rows.length === 0} onClick={purge}>
          {ids.length > 0 ? 'Purge…' : isFiltered ? 'Purge all that match…' : 'Purge all…'}
        </Button>
        {ids.length > 0 && (
          <Button size="compact-sm" variant="subtle" onClick={() => selection.set([])}>
            Clear selection
          </Button>
        )}
      </Group>
      <InfiniteRows
        key={withQuery('', values)}
        label="Refused requests, newest first"
        list={list}
        columns={COLUMNS}
        hrefOf={({ id }) => `/refused/${id}`}
        nameOf={({ plugin, name, reason }) => `${plugin} ${name} ${reason}`}
        selection={selection}
        empty={
          <Empty title={isFiltered ? 'No refused request is like that.' : 'Nothing was refused.'}>
            {isFiltered ? (
              'Widen the filters, or clear them.'
            ) : (
              <>
                To see what a refusal looks like, <Link href="/send">send an invalid test event</Link>.
              </>
            )}
          </Empty>
        }
      />
      {bulk.dialog}
    </>
  );
}

const mono = (text: string) => <span className="mono">{text}</span>;
const COLUMNS: readonly RowColumn<RefusalSummary>[] = [
  {
    key: 'at',
    title: 'Received',
    width: 'minmax(0, 5.5rem)',
    narrowWidth: '4.6rem',
    cell: ({ receivedAt }) => <Time at={receivedAt} />,
  },
  {
    key: 'reason',
    title: 'Reason',
    width: 'minmax(0, 2fr)',
    cell: ({ reason }) => <span title={reason}>{REASON_WORDS[reason] ?? reason}</span>,
  },
  { key: 'plugin', title: 'Plugin', width: 'minmax(0, 1.2fr)', cell: ({ plugin }) => mono(plugin) },
  {
    key: 'endpoint',
    title: 'Endpoint',
    width: 'minmax(0, 1.2fr)',
    isWide: true,
    cell: ({ name }) => mono(name),
  },
  { key: 'scheme', title: 'Scheme', width: 'minmax(0, 7rem)', isWide: true, cell: ({ scheme }) => scheme },
  { key: 'ip', title: 'From', width: 'minmax(0, 8rem)', isWide: true, cell: ({ ip }) => mono(ip) },
  {
    key: 'bytes',
    title: 'Bytes',
    width: '4.5rem',
    isWide: true,
    cell: ({ bodyBytes }) => bodyBytes?.toLocaleString('en') ?? '–',
  },
  {
    key: 'request',
    title: 'Request id',
    width: 'minmax(0, 9rem)',
    isWide: true,
    cell: ({ requestId }) => mono(requestId),
  },
];
