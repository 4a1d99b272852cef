import { Anchor, Group, Paper, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { AttemptRecord, JobDetail, JobSummary } from '../../../../src/core/ports/inbox-desk';
import { Code } from '../../parts/code';
import { StateBadge } from '../../parts/state-badge';
import { Duration, Time } from '../../parts/time';

/** Failures, interruptions and waits of a job, oldest first, each with its error as it was mapped to the plugin's sources. */
export function Attempts({ attempts }: { readonly attempts: readonly AttemptRecord[] }) {
  if (attempts.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No attempt failed, or had to wait.
      </Text>
    );
  return (
    <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
      {attempts.map((attempt, index) => (
        <Paper key={index} withBorder p="xs" component="li">
          <Group gap="sm">
            <Text size="sm" fw={600}>
              Attempt {attempt.number}
            </Text>
            <Text size="sm">{attempt.outcome}</Text>
            <Text size="sm" c="dimmed">
              <Time at={attempt.startedAt} />, took <Duration ms={attempt.endedAt - attempt.startedAt} />, on{' '}
              <span className="mono">{attempt.node}</span>
            </Text>
          </Group>
          {attempt.error !== undefined && attempt.error !== '' && (
            <Code text={attempt.error} label={`Error of attempt ${attempt.number}`} maxHeight={240} />
          )}
        </Paper>
      ))}
    </Stack>
  );
}

/** A job in one line, with the link to it. */
function JobLine({ job }: { readonly job: JobSummary }) {
  return (
    <Group gap="sm">
      <StateBadge state={job.state} />
      <Anchor component={Link} href={`/jobs/${job.id}`} size="sm" className="breaks">
        <span className="mono">
          {job.plugin} {job.name}
        </span>
      </Anchor>
      <Text size="sm" c="dimmed">
        <WhenOf job={job} />
      </Text>
    </Group>
  );
}

/** When it ran, or will, in words. */
export function WhenOf({ job }: { readonly job: JobSummary }) {
  const { state, startedAt, endedAt, runAt, awaited, attempt } = job;
  const counted = attempt > 1 ? `, attempt ${attempt}` : '';
  if (state === 'waiting' && awaited !== undefined) return <>waits for the signal “{awaited}”</>;
  if (state === 'later' || state === 'waiting')
    return (
      <>
        due <Time at={runAt} />
        {counted}
      </>
    );
  if (endedAt !== undefined)
    return (
      <>
        ended <Time at={endedAt} />
        {startedAt !== undefined && (
          <>
            , took <Duration ms={endedAt - startedAt} />
          </>
        )}
        {counted}
      </>
    );
  if (startedAt !== undefined && state === 'running')
    return (
      <>
        runs since <Time at={startedAt} />
        {counted}
      </>
    );
  return job.laneHead ? <>waits for its turn{counted}</> : <>waits behind another of its lane{counted}</>;
}

/** A job with what became of it. */
export function JobStory({ job }: { readonly job: JobDetail }) {
  return (
    <Stack gap="xs">
      <JobLine job={job} />
      {job.error !== undefined && job.attempts.length === 0 && (
        <Code text={job.error} label="Error" maxHeight={240} />
      )}
      {job.attempts.length > 0 && <Attempts attempts={job.attempts} />}
    </Stack>
  );
}
