import { Button } from '@mantine/core';
import type { ScheduleStatus } from '../../../../src/core/ports/schedules-desk';
import { useRead } from '../../live';
import { useAct } from '../../parts/act';
import { DataTable, type DataColumn } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import { StateBadge } from '../../parts/state-badge';
import { Time } from '../../parts/time';
import { useMay } from '../../session';
import type { TabProps } from '../plugin';

/** When what is enqueued by the clock. */
export default function SchedulesTab({ plugin }: TabProps) {
  const schedules = useRead<{ readonly schedules: readonly ScheduleStatus[] }>('/schedules', [
    'plugins',
    'jobs',
  ]);
  return (
    <Loaded query={schedules}>
      {(data) => {
        const own = data.schedules.filter((schedule) => schedule.plugin === plugin.key);
        if (own.length === 0)
          return (
            <Empty title="It has no schedule.">
              {plugin.state === 'live'
                ? 'plugin.schedule(name, cron, task) enqueues a task by the clock.'
                : 'It does not serve: its schedules rest.'}
            </Empty>
          );
        return <DataTable label="Schedules" columns={COLUMNS} rows={own} rowKey={({ name }) => name} />;
      }}
    </Loaded>
  );
}

const COLUMNS: readonly DataColumn<ScheduleStatus>[] = [
  {
    key: 'name',
    header: 'Schedule',
    cell: ({ name, task }) => (
      <>
        <span className="mono">{name}</span>
        <div className="quiet">task {task}</div>
      </>
    ),
  },
  {
    key: 'cron',
    header: 'When',
    cell: ({ cron, timezone }) => (
      <>
        <span className="mono">{cron}</span>
        <div className="quiet">{timezone}</div>
      </>
    ),
  },
  {
    key: 'next',
    header: 'Next',
    cell: ({ nextAt, isPaused }) => (isPaused ? <StateBadge state="paused" /> : <Time at={nextAt} />),
  },
  { key: 'last', header: 'Last due', cell: ({ lastAt }) => <Time at={lastAt} /> },
  { key: 'run', header: 'Action', cell: (schedule) => <RunNow schedule={schedule} /> },
];

function RunNow({ schedule: { plugin, name } }: { readonly schedule: ScheduleStatus }) {
  const may = useMay('replay');
  const path = `/schedules/${encodeURIComponent(plugin)}/${encodeURIComponent(name)}/run`;
  const run = useAct<{ readonly job: string }>('POST', path, {
    done: ({ job }) => `${name} is enqueued: job ${job}.`,
  });
  return (
    <Button
      variant="default"
      size="compact-xs"
      disabled={!may}
      loading={run.isBusy}
      aria-label={`Run now: ${name}`}
      onClick={() => void run.run()}
    >
      Run now
    </Button>
  );
}
