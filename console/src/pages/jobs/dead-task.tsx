import { Anchor, Badge, Button, Collapse, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link } from 'wouter';
import type { JobSummary, WorkCount } from '../../../../src/core/ports/inbox-desk';
import { amountOf, type BulkChange, type BulkTarget } from '../../parts/bulk';
import { withQuery } from '../../parts/filters-address';
import { useInfiniteList } from '../../parts/infinite-rows-data';
import { Failure } from '../../parts/failure';
import { Time } from '../../parts/time';
import { DROP, RETRY } from './job-changes';

interface DeadTaskProps {
  readonly count: WorkCount;
  readonly isOpen: boolean;
  readonly onChange: (change: BulkChange) => void;
}

const NOUNS = ['dead letter', 'dead letters'] as const;
const STATES = 'dead,poisoned';

export function deadOf({ states }: WorkCount): number {
  return (states.dead ?? 0) + (states.poisoned ?? 0);
}

/** The dead letters of one task or endpoint, by what they failed with. */
export function DeadTask({ count, isOpen, onChange }: DeadTaskProps) {
  const [opened, { toggle }] = useDisclosure(isOpen);
  const { plugin, name } = count;
  return (
    <Paper withBorder p="sm" component="section" aria-label={`${plugin} ${name}`}>
      <Group justify="space-between" gap="xs">
        <Group gap="sm" miw={0}>
          <Button
            size="compact-xs"
            variant="default"
            onClick={toggle}
            aria-expanded={opened}
            aria-label={`${opened ? 'Close' : 'Open'} ${plugin} ${name}`}
          >
            {opened ? '−' : '+'}
          </Button>
          <Title order={2} size="h6" className="mono breaks">
            <Anchor component={Link} href={`/plugins/${plugin}/jobs`} inherit>
              {plugin}
            </Anchor>{' '}
            {name}
          </Title>
          <Text size="sm">{amountOf(deadOf(count), NOUNS)}</Text>
          {count.orphan !== undefined && (
            <Badge color="orange" variant="dot" tt="none">
              {count.orphan}
            </Badge>
          )}
        </Group>
        <Choices what="all" target={{ filter: { plugin, name, states: STATES } }} onChange={onChange} />
      </Group>
      <Collapse expanded={opened}>{opened && <DeadJobs count={count} onChange={onChange} />}</Collapse>
    </Paper>
  );
}

function DeadJobs({ count: { plugin, name }, onChange }: Omit<DeadTaskProps, 'isOpen'>) {
  const list = useInfiniteList<JobSummary>(withQuery('/inbox/jobs', { plugin, name, states: STATES }), [
    'jobs',
  ]);
  if (list.isLoading) return <Loader size="sm" role="status" aria-label="Loading" mt="sm" />;
  if (list.error !== undefined) return <Failure error={list.error} />;
  const groups = groupsOf(list.rows);
  return (
    <Stack gap="sm" mt="sm">
      {[...groups].map(([error, jobs]) => (
        <DeadGroup key={error} error={error} jobs={jobs} isWhole={!list.hasMore} onChange={onChange} />
      ))}
      {list.hasMore && (
        <Group>
          <Button size="compact-sm" variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
            Look at more of them
          </Button>
          <Text size="xs" c="dimmed">
            {list.rows.length.toLocaleString('en')} are looked at so far.
          </Text>
        </Group>
      )}
    </Stack>
  );
}

interface DeadGroupProps {
  readonly error: string;
  readonly jobs: readonly JobSummary[];
  readonly isWhole: boolean;
  readonly onChange: (change: BulkChange) => void;
}

const FEW = 5;

/** Those that failed with the same line. */
function DeadGroup({ error, jobs, isWhole, onChange }: DeadGroupProps) {
  const [isAll, { open }] = useDisclosure(false);
  const shown = isAll ? jobs : jobs.slice(0, FEW);
  const target = { ids: jobs.map(({ id }) => id) };
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between" gap="xs" align="flex-start">
        <Text size="sm" className="breaks" miw={0} flex="1 1 16rem">
          {error === '' ? 'It did not say why.' : <span className="mono">{error}</span>}
        </Text>
        <Choices what={`these ${jobs.length.toLocaleString('en')}`} target={target} onChange={onChange} />
      </Group>
      <Stack gap={2} mt={4} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {shown.map((job) => (
          <Group key={job.id} gap="sm" component="li">
            <Anchor component={Link} href={`/jobs/${job.id}`} size="xs">
              <span className="mono">{job.id}</span>
            </Anchor>
            <Text size="xs" c="dimmed">
              {job.state} <Time at={job.endedAt ?? job.createdAt} />, after{' '}
              {amountOf(job.attempt, ['attempt', 'attempts'])}
            </Text>
            {job.receiptId !== undefined && (
              <Anchor component={Link} href={`/deliveries/${job.receiptId}`} size="xs">
                Its delivery
              </Anchor>
            )}
          </Group>
        ))}
      </Stack>
      {shown.length < jobs.length && (
        <Button size="compact-xs" variant="subtle" onClick={open}>
          Show all {jobs.length.toLocaleString('en')}
          {isWhole ? '' : ' that are looked at'}
        </Button>
      )}
    </Paper>
  );
}

interface ChoicesProps {
  readonly what: string;
  readonly target: BulkTarget;
  readonly onChange: (change: BulkChange) => void;
}

function Choices({ what, target, onChange }: ChoicesProps) {
  return (
    <Group gap="xs">
      <Button
        size="compact-xs"
        variant="default"
        onClick={() => onChange({ ...RETRY, target, nouns: NOUNS })}
      >
        Retry {what}…
      </Button>
      <Button
        size="compact-xs"
        variant="light"
        color="red"
        onClick={() => onChange({ ...DROP, target, nouns: NOUNS })}
      >
        Drop {what}…
      </Button>
    </Group>
  );
}

/** By the first line of their errors, in the order in which they come. */
function groupsOf(jobs: readonly JobSummary[]): ReadonlyMap<string, readonly JobSummary[]> {
  const groups = new Map<string, JobSummary[]>();
  for (const job of jobs) {
    const line = job.error?.split('\n', 1)[0] ?? '';
    const group = groups.get(line);
    if (group === undefined) groups.set(line, [job]);
    else group.push(job);
  }
  return groups;
}
