import { Anchor, Group, Paper, Progress, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import type { JobDetail } from '../../../src/core/ports/inbox-desk';
import { useRead } from '../live';
import { Code } from '../parts/code';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { StateBadge } from '../parts/state-badge';
import { Time } from '../parts/time';
import { JobActions } from './jobs/job-actions';
import { Attempts, WhenOf } from './jobs/job-lines';

/** One job: what it is to do, and how that went. */
export default function Job() {
  const { id = '' } = useParams();
  const job = useRead<JobDetail>(`/inbox/jobs/${encodeURIComponent(id)}`, ['jobs']);
  return (
    <>
      <PageHead
        title={job.data === undefined ? 'Job' : `${job.data.plugin} ${job.data.name}`}
        description={<span className="mono breaks">{id}</span>}
      >
        {job.data !== undefined && <JobActions job={job.data} />}
      </PageHead>
      <Loaded query={job}>
        {(data) => (
          <Stack gap="md">
            <Facts job={data} />
            <Section title="Attempts">
              <Attempts attempts={data.attempts} />
              {data.error !== undefined && data.attempts.length === 0 && (
                <Code text={data.error} label="Error" />
              )}
            </Section>
            {data.payload !== undefined && (
              <Section title="Payload">
                <Code text={data.payload} language="json" label="Payload as JSON" />
              </Section>
            )}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h5" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  );
}

function Facts({ job }: { readonly job: JobDetail }) {
  const { state, plugin, name, kind, progress, receiptId, lane, node, priority, crashes, orphan } = job;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Plugin', <PluginLink key="plugin" plugin={plugin} />],
    [kind === 'endpoint' ? 'Endpoint' : 'Task', <span className="mono">{name}</span>],
    ['Enqueued', <Time at={job.createdAt} />],
    ['Due', <Time at={job.runAt} />],
    ['Attempts that count', String(job.attempt)],
    ...(crashes > 0 ? [['Crashes of the host', String(crashes)] as const] : []),
    ...(lane === undefined ? [] : [['Lane', <span className="mono">{lane}</span>] as const]),
    ...(priority === 0 ? [] : [['Priority', String(priority)] as const]),
    ...(node === undefined ? [] : [['Host', <span className="mono">{node}</span>] as const]),
    ...(receiptId === undefined
      ? []
      : ([
          [
            'Of the delivery',
            <Anchor component={Link} href={`/deliveries/${receiptId}`} size="sm" className="mono breaks">
              {receiptId}
            </Anchor>,
          ],
        ] as const)),
  ];
  return (
    <Paper withBorder p="md">
      <Group gap="sm" mb="sm">
        <StateBadge state={state} />
        <Text size="sm">
          <WhenOf job={job} />
        </Text>
        {orphan !== undefined && <Text size="sm">Nobody works it: {orphan}.</Text>}
      </Group>
      {progress !== undefined && (
        <Stack gap={4} mb="sm">
          <Progress value={progress.fraction * 100} aria-label="Progress" />
          <Text size="xs">
            {Math.round(progress.fraction * 100)} % {progress.note ?? ''}
          </Text>
        </Stack>
      )}
      <Table fz="sm" verticalSpacing={3} aria-label="About the job">
        <Table.Tbody>
          {facts.map(([label, value]) => (
            <Table.Tr key={label}>
              <Table.Th scope="row" fw={500} w="12rem">
                {label}
              </Table.Th>
              <Table.Td className="breaks">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function PluginLink({ plugin }: { readonly plugin: string }) {
  return (
    <Anchor component={Link} href={`/plugins/${plugin}/jobs`} size="sm" className="mono">
      {plugin}
    </Anchor>
  );
}
