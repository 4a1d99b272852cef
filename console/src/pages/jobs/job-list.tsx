import { Group, Progress } from '@mantine/core';
import { workStates, type JobSummary } from '../../../../src/core/ports/inbox-desk';
import { useBulk, type BulkTarget } from '../../parts/bulk';
import { BulkBar } from '../../parts/bulk-bar';
import { useRowSelection } from '../../parts/bulk-selection';
import { Empty } from '../../parts/empty';
import { FilterBar, useKnownNames, type FilterField } from '../../parts/filters';
import { useFilters, withQuery } from '../../parts/filters-address';
import { InfiniteRows } from '../../parts/infinite-rows';
import type { RowColumn } from '../../parts/infinite-rows-row';
import { useInfiniteList } from '../../parts/infinite-rows-data';
import { StateBadge } from '../../parts/state-badge';
import { Time } from '../../parts/time';
import { CANCEL, DROP, RETRY } from './job-changes';
import { WhenOf } from './job-lines';

const NAMES = ['plugin', 'name', 'states', 'since', 'until', 'lane', 'text', 'orphaned'] as const;
const STATES = [
  ['later,ready,running,waiting', 'not done'],
  ['dead,poisoned', 'failed'],
  ...workStates.map((state) => [state, state] as const),
] as const;
const MORE: readonly FilterField[] = [
  { kind: 'text', name: 'text', label: 'Text in payload or error', width: '14rem' },
  { kind: 'text', name: 'lane', label: 'Lane' },
  {
    kind: 'choice',
    name: 'orphaned',
    label: 'Worked by',
    options: [['true', 'nobody any more']],
    width: '10rem',
  },
  { kind: 'time', name: 'since', label: 'Enqueued since' },
  { kind: 'time', name: 'until', label: 'Enqueued before' },
];

/** Jobs, newest first. */
export function JobList() {
  const { values, set } = useFilters(NAMES);
  const { plugins, endpoints, tasks } = useKnownNames(values['plugin']);
  const list = useInfiniteList<JobSummary>(withQuery('/inbox/jobs', values), ['jobs']);
  const selection = useRowSelection();
  const bulk = useBulk(() => {
    selection.set([]);
    list.reload();
  });
  const isFiltered = Object.keys(values).length > 0;
  const ids = [...selection.ids];
  const target: BulkTarget = ids.length > 0 ? { ids } : { filter: values };
  const changes = [RETRY, CANCEL, DROP].map((change) => ({ ...change, target }));
  return (
    <>
      <FilterBar
        fields={[
          { kind: 'suggested', name: 'plugin', label: 'Plugin', options: plugins },
          { kind: 'suggested', name: 'name', label: 'Task or endpoint', options: [...tasks, ...endpoints] },
          { kind: 'choice', name: 'states', label: 'State', options: STATES, width: '8.5rem' },
        ]}
        more={MORE}
        values={values}
        onChange={set}
      />
      <BulkBar
        chosen={ids.length}
        changes={changes}
        all={isFiltered ? 'All that match' : 'All jobs'}
        isEmpty={list.rows.length === 0}
        onStart={(change) => bulk.start(change)}
        onClear={() => selection.set([])}
      />
      <InfiniteRows
        key={withQuery('', values)}
        label="Jobs, newest first"
        list={list}
        columns={COLUMNS}
        hrefOf={({ id }) => `/jobs/${id}`}
        nameOf={({ plugin, name, id }) => `${plugin} ${name} ${id}`}
        selection={selection}
        empty={
          isFiltered ? (
            <Empty title="No job is like that.">Widen the filters, or clear them.</Empty>
          ) : (
            <Empty title="There is no job yet.">
              A job comes of a delivery, a schedule, an event, or of a plugin that enqueues one.
            </Empty>
          )
        }
      />
      {bulk.dialog}
    </>
  );
}

const COLUMNS: readonly RowColumn<JobSummary>[] = [
  {
    key: 'at',
    title: 'Enqueued',
    width: 'minmax(0, 5.5rem)',
    narrowWidth: '4.6rem',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
  {
    key: 'state',
    title: 'State',
    width: '8rem',
    narrowWidth: '6.9rem',
    cell: ({ state }) => <StateBadge state={state} />,
  },
  {
    key: 'plugin',
    title: 'Plugin',
    width: 'minmax(0, 1fr)',
    isWide: true,
    cell: ({ plugin }) => <span className="mono">{plugin}</span>,
  },
  {
    key: 'name',
    title: 'Task or endpoint',
    width: 'minmax(0, 1.2fr)',
    cell: ({ plugin, name }) => (
      <span className="mono" title={`${plugin} ${name}`}>
        {name}
      </span>
    ),
  },
  {
    key: 'when',
    title: 'When',
    width: 'minmax(0, 1.3fr)',
    isWide: true,
    cell: (job) => <ProgressOf job={job} />,
  },
  {
    key: 'error',
    title: 'Error',
    width: 'minmax(0, 1.5fr)',
    isWide: true,
    cell: ({ error, orphan }) => orphan ?? error?.split('\n', 1)[0] ?? '',
  },
];

function ProgressOf({ job }: { readonly job: JobSummary }) {
  if (job.progress === undefined || job.state !== 'running') return <WhenOf job={job} />;
  const percent = Math.round(job.progress.fraction * 100);
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress value={percent} w={60} aria-label="Progress" />
      <span>
        {percent} % {job.progress.note ?? ''}
      </span>
    </Group>
  );
}
