import { Anchor } from '@mantine/core';
import type { WorkCount, WorkState } from '../../../../src/core/ports/inbox-desk';
import { useRead } from '../../live';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import type { TabProps } from '../plugin';
import { idOf } from './plugin-facts';

const STATES = [
  'ready',
  'running',
  'later',
  'waiting',
  'succeeded',
  'dead',
  'poisoned',
  'cancelled',
] as const;

/** How many jobs of each task and endpoint are how; each number leads to them. */
export default function JobsTab({ plugin }: TabProps) {
  const id = idOf(plugin);
  const counts = useRead<{ readonly counts: readonly WorkCount[] }>('/inbox/counts', ['jobs', 'receipts']);
  return (
    <Loaded query={counts}>
      {(data) => {
        const own = data.counts.filter((count) => count.plugin === id);
        if (own.length === 0)
          return (
            <Empty title="It has no jobs.">
              Tasks make them, and endpoints that answer first and work later.
              {plugin.tasks.length > 0 && ` Its tasks: ${plugin.tasks.join(', ')}.`}
            </Empty>
          );
        return (
          <DataTable
            label="Jobs by task"
            columns={columnsOf(id)}
            rows={own}
            rowKey={({ kind, name }) => `${kind} ${name}`}
          />
        );
      }}
    </Loaded>
  );
}

function columnsOf(id: string): readonly DataColumn<WorkCount>[] {
  return [
    {
      key: 'name',
      header: 'Task or endpoint',
      cell: ({ name, kind, orphan }) => (
        <>
          <Anchor size="sm" className="mono" href={jobsHref(id, name)}>
            {name}
          </Anchor>
          <div className="quiet">{orphan === undefined ? kind : `${kind}: nobody works it, ${orphan}`}</div>
        </>
      ),
    },
    ...STATES.map((state) => ({
      key: state,
      header: state,
      align: 'right' as const,
      cell: ({ name, states }: WorkCount) => {
        const count = states[state] ?? 0;
        if (count === 0) return <span className="quiet">0</span>;
        return (
          <Anchor size="sm" href={jobsHref(id, name, state)} aria-label={`${count} ${state} jobs of ${name}`}>
            {count}
          </Anchor>
        );
      },
    })),
  ];
}

function jobsHref(plugin: string, name: string, state?: WorkState): string {
  const query = new URLSearchParams({ plugin, name, ...(state !== undefined && { states: state }) });
  return `#/jobs?${query}`;
}
