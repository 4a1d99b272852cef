import { Stack } from '@mantine/core';
import type { WorkCount } from '../../../src/core/ports/inbox-desk';
import { useRead } from '../live';
import { useBulk } from '../parts/bulk';
import { Empty } from '../parts/empty';
import { FilterBar, useKnownNames } from '../parts/filters';
import { useFilters } from '../parts/filters-address';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { deadOf, DeadTask } from './jobs/dead-task';

const NAMES = ['plugin'] as const;
/** So many are open at first: each reads its jobs. */
const OPEN_TASKS = 3;

/** Jobs that are not tried again until an operator says so. */
export default function DeadLetters() {
  const { values, set } = useFilters(NAMES);
  const { plugin } = values;
  const counts = useRead<{ readonly counts: readonly WorkCount[] }>('/inbox/counts', ['jobs']);
  const { plugins } = useKnownNames(undefined);
  const bulk = useBulk();
  return (
    <>
      <PageHead
        title="Dead letters"
        description="Jobs that failed for good, or took the host down with them: they wait here until you retry or drop them."
      />
      <FilterBar
        fields={[{ kind: 'suggested', name: 'plugin', label: 'Plugin', options: plugins, width: '16rem' }]}
        values={values}
        onChange={set}
      />
      <Loaded query={counts}>
        {({ counts: all }) => {
          const dead = all
            .filter((count) => deadOf(count) > 0 && (plugin === undefined || count.plugin === plugin))
            .sort((one, other) => deadOf(other) - deadOf(one));
          if (dead.length === 0)
            return (
              <Empty title="Nothing is dead.">
                {plugin === undefined
                  ? 'A job comes here when its last attempt failed.'
                  : `Of ${plugin}, that is.`}
              </Empty>
            );
          return (
            <Stack gap="sm">
              {dead.map((count, index) => (
                <DeadTask
                  key={`${count.plugin} ${count.name}`}
                  count={count}
                  isOpen={index < OPEN_TASKS}
                  onChange={bulk.start}
                />
              ))}
            </Stack>
          );
        }}
      </Loaded>
      {bulk.dialog}
    </>
  );
}
