import { Anchor, Button } from '@mantine/core';
import { Link } from 'wouter';
import type { ScheduleStatus } from '../../../../src/core/ports/schedules-desk';
import { useRead } from '../../live';
import { useAct } from '../../parts/act';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import { StateBadge } from '../../parts/state-badge';
import { Time } from '../../parts/time';

/** When tasks are due. */
export function ScheduleTable() {
  const schedules = useRead<{ readonly schedules: readonly ScheduleStatus[] }>('/schedules', [
    'jobs',
    'plugins',
  ]);
  return (
    <Loaded query={schedules}>
      {({ schedules: rows }) =>
        rows.length === 0 ? (
          <Empty title="No plugin has a schedule.">
            A plugin that declares one is listed here, with when it is due.
          </Empty>
        ) : (
          <DataTable
            label="Schedules"
            columns={COLUMNS}
            rows={rows}
            rowKey={({ plugin, name }) => `${plugin} ${name}`}
          />
        )
      }
    </Loaded>
  );
}

const COLUMNS: readonly DataColumn<ScheduleStatus>[] = [
  {
    key: 'plugin',
    header: 'Plugin',
    cell: ({ plugin }) => (
      <Anchor component={Link} href={`/plugins/${plugin}/schedules`} size="sm" className="mono">
        {plugin}
      </Anchor>
    ),
  },
  { key: 'name', header: 'Schedule', cell: ({ name }) => <span className="mono">{name}</span> },
  {
    key: 'cron',
    header: 'Due',
    cell: ({ cron, timezone }) => (
      <>
        <code>{cron}</code> {timezone}
      </>
    ),
  },
  { key: 'task', header: 'Task', cell: ({ task }) => <span className="mono">{task}</span> },
  {
    key: 'next',
    header: 'Next',
    cell: ({ nextAt, isPaused }) => (isPaused ? <StateBadge state="paused" /> : <Time at={nextAt} />),
  },
  { key: 'last', header: 'Last due', cell: ({ lastAt }) => <Time at={lastAt} /> },
  { key: 'run', header: 'Now', cell: (schedule) => <RunButton schedule={schedule} /> },
];

function RunButton({ schedule: { plugin, name } }: { readonly schedule: ScheduleStatus }) {
  const path = `/schedules/${encodeURIComponent(plugin)}/${encodeURIComponent(name)}/run`;
  const run = useAct<{ readonly job: string }>('POST', path, {
    done: ({ job }) => `${name} is enqueued as ${job}.`,
  });
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={run.isBusy}
        aria-label={`Run now: ${plugin} ${name}`}
        onClick={() => void run.run()}
      >
        Run now
      </Button>{' '}
      {run.answer !== undefined && (
        <Anchor component={Link} href={`/jobs/${run.answer.job}`} size="xs">
          Its job
        </Anchor>
      )}
    </>
  );
}
