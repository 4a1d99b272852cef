import { Anchor, Group, Stack, Text, Timeline } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { CausedWork, DeliveryTimeline } from '../../../../src/core/ports/deliveries-desk';
import { StateBadge } from '../../parts/state-badge';
import { exactText, Time } from '../../parts/time';
import { JobStory } from '../jobs/job-lines';
import { AnswerBadge } from './delivery-columns';

/** What happened to a request, in order. */
export function DeliverySteps({ timeline }: { readonly timeline: DeliveryTimeline }) {
  const { receipt, verdict, dedupe, jobs, caused } = timeline;
  return (
    <Timeline bulletSize={14} lineWidth={2}>
      <Step title="Received" at={receipt.receivedAt}>
        <Text size="sm" className="breaks">
          {receipt.bodyBytes.toLocaleString('en')} bytes from <span className="mono">{receipt.ip}</span>
          {receipt.event !== undefined && <>, event {receipt.event}</>}
          {receipt.deliveryId !== undefined && (
            <>
              , delivery <span className="mono">{receipt.deliveryId}</span>
            </>
          )}
        </Text>
        {receipt.replayOf !== undefined && (
          <Text size="sm">
            A replay of{' '}
            <Anchor component={Link} href={`/deliveries/${receipt.replayOf}`} className="mono">
              {receipt.replayOf}
            </Anchor>
          </Text>
        )}
      </Step>
      <Step title="Let in">
        <Text size="sm" className="breaks">
          {verdict}
        </Text>
      </Step>
      <Step title="Told from repetitions">
        <Text size="sm" className="breaks">
          {dedupe === undefined ? (
            'By nothing: sent again, it would be worked again.'
          ) : (
            <>
              By {dedupe.by}; a repetition is answered and not worked until {exactText(dedupe.until)}.
            </>
          )}
        </Text>
      </Step>
      <Step title="Answered">
        {receipt.answerStatus === undefined ? (
          <Text size="sm">Stored; what its sender was answered is not kept.</Text>
        ) : (
          <AnswerBadge status={receipt.answerStatus} />
        )}
      </Step>
      {receipt.orphan !== undefined && (
        <Step title="Nobody works it">
          <Text size="sm">
            {receipt.orphan}: it waits until that changes, or is purged. See{' '}
            <Anchor component={Link} href={`/plugins/${receipt.plugin}`}>
              the plugin
            </Anchor>
            .
          </Text>
        </Step>
      )}
      {jobs.map((job) => (
        <Step key={job.id} title={job.kind === 'endpoint' ? 'Worked' : 'Task'} at={job.createdAt}>
          <JobStory job={job} />
        </Step>
      ))}
      {jobs.length === 0 && (
        <Step title="Worked">
          <Text size="sm">At once, while its sender waited: no job was made of it.</Text>
        </Step>
      )}
      {caused.length > 0 && (
        <Step title={`Caused ${caused.length === 1 ? 'one thing' : `${caused.length} things`}`}>
          <Stack gap={4}>
            {caused.map((work) => (
              <Caused key={work.jobId} work={work} />
            ))}
          </Stack>
        </Step>
      )}
    </Timeline>
  );
}

interface StepProps {
  readonly title: string;
  readonly at?: number;
  readonly children: ReactNode;
}

function Step({ title, at, children }: StepProps) {
  return (
    <Timeline.Item
      mt="sm"
      title={
        <Group gap="xs">
          <span>{title}</span>
          {at !== undefined && (
            <Text span size="xs" c="dimmed">
              <Time at={at} />
            </Text>
          )}
        </Group>
      }
    >
      {children}
    </Timeline.Item>
  );
}

function Caused({ work }: { readonly work: CausedWork }) {
  return (
    <Group gap="xs">
      <StateBadge state={work.state} />
      <Text size="sm" span>
        {work.kind}
      </Text>
      <Anchor component={Link} href={`/jobs/${work.jobId}`} size="sm" className="breaks">
        {work.label}
      </Anchor>
      <Text size="xs" c="dimmed" span>
        <Time at={work.at} />
      </Text>
    </Group>
  );
}
