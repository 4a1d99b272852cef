import { Link } from 'wouter';
import type { ReceiptSummary } from '../../../src/core/ports/inbox-desk';
import { useBulk } from '../parts/bulk';
import { BulkBar } from '../parts/bulk-bar';
import { useRowSelection } from '../parts/bulk-selection';
import { Empty } from '../parts/empty';
import { FilterBar, useKnownNames, type FilterField } from '../parts/filters';
import { useFilters, withQuery } from '../parts/filters-address';
import { InfiniteRows } from '../parts/infinite-rows';
import { useInfiniteList } from '../parts/infinite-rows-data';
import { PageHead } from '../parts/page-head';
import { changesOf } from './deliveries/delivery-changes';
import { deliveryColumns } from './deliveries/delivery-columns';

const NAMES = ['plugin', 'name', 'states', 'since', 'until', 'ip', 'event', 'deliveryId', 'text'] as const;
const STATES = [
  ['dead,poisoned', 'Failed'],
  ['ready,running', 'Being worked'],
  ['later,waiting', 'Waiting'],
  ['succeeded', 'Succeeded'],
  ['cancelled', 'Cancelled'],
] as const;
const MORE: readonly FilterField[] = [
  { kind: 'text', name: 'event', label: 'Event' },
  { kind: 'text', name: 'deliveryId', label: 'Delivery id', width: '16rem' },
  { kind: 'text', name: 'ip', label: 'From address' },
  { kind: 'time', name: 'since', label: 'Received since' },
  { kind: 'time', name: 'until', label: 'Received before' },
];

/** What arrived, newest first, as it arrives. */
export default function Deliveries() {
  const { values, set } = useFilters(NAMES);
  const { plugins, endpoints } = useKnownNames(values['plugin']);
  const list = useInfiniteList<ReceiptSummary>(withQuery('/inbox/receipts', values), ['receipts', 'jobs']);
  const selection = useRowSelection();
  const bulk = useBulk(() => {
    selection.set([]);
    list.reload();
  });
  const isFiltered = Object.keys(values).length > 0;
  const chosen = selection.ids.size === 0 ? [] : list.rows.filter(({ id }) => selection.ids.has(id));
  const changes = changesOf(chosen, values);
  return (
    <>
      <PageHead title="Deliveries" description="Requests that were let in and stored, as they came." />
      <FilterBar
        fields={[
          { kind: 'text', name: 'text', label: 'Text in body or error', width: '14rem' },
          { kind: 'suggested', name: 'plugin', label: 'Plugin', options: plugins },
          { kind: 'suggested', name: 'name', label: 'Endpoint', options: endpoints },
          { kind: 'choice', name: 'states', label: 'State', options: STATES, width: '8.5rem' },
        ]}
        more={MORE}
        values={values}
        onChange={set}
      />
      <BulkBar
        chosen={chosen.length}
        changes={changes}
        all={isFiltered ? 'All that match' : 'All deliveries'}
        isEmpty={list.rows.length === 0}
        onStart={(change) => bulk.start(change)}
        onClear={() => selection.set([])}
      />
      <InfiniteRows
        key={withQuery('', values)}
        label="Deliveries, newest first"
        list={list}
        columns={deliveryColumns}
        hrefOf={({ id }) => `/deliveries/${id}`}
        nameOf={({ plugin, name, id }) => `${plugin} ${name} ${id}`}
        selection={selection}
        empty={
          isFiltered ? (
            <Empty title="No delivery is like that.">Widen the filters, or clear them.</Empty>
          ) : (
            <Empty title="Nothing has arrived yet.">
              Copy the address of an endpoint from its <Link href="/plugins">plugin</Link> and give it to its
              sender, or <Link href="/send">send a test event</Link>.
            </Empty>
          )
        }
      />
      {bulk.dialog}
    </>
  );
}
