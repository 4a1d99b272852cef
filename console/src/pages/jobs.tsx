import { Tabs } from '@mantine/core';
import { PageHead } from '../parts/page-head';
import { useFilters } from '../parts/filters-address';
import { JobList } from './jobs/job-list';
import { ScheduleTable } from './jobs/schedule-table';
import { TaskTable } from './jobs/task-table';

const NAMES = ['view'] as const;

/** What is worked, what is to be worked, and when. */
export default function Jobs() {
  const { values, set } = useFilters(NAMES);
  return (
    <>
      <PageHead
        title="Jobs & schedules"
        description="Everything that is worked, was worked or waits for it."
      />
      {/* Filters of one view mean nothing in another: they go with it. */}
      <Tabs
        value={values['view'] ?? 'jobs'}
        onChange={(view) => set({ view: view === 'jobs' || view === null ? undefined : view })}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          <Tabs.Tab value="jobs">Jobs</Tabs.Tab>
          <Tabs.Tab value="tasks">Tasks and pauses</Tabs.Tab>
          <Tabs.Tab value="schedules">Schedules</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="jobs">
          <JobList />
        </Tabs.Panel>
        <Tabs.Panel value="tasks">
          <TaskTable />
        </Tabs.Panel>
        <Tabs.Panel value="schedules">
          <ScheduleTable />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
