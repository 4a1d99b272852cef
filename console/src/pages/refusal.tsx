import { Anchor, Button, Grid, Group, Paper, Text, Title } from '@mantine/core';
import { Link, useLocation, useParams } from 'wouter';
import type { Diagnosis } from '../../../src/core/ports/doctor';
import type { BulkStep } from '../../../src/core/ports/inbox-desk';
import type { RefusalDetail } from '../../../src/core/ports/quarantine-desk';
import { useRead } from '../live';
import { useAct } from '../parts/act';
import { useConfirm } from '../parts/confirm';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { RequestView } from '../parts/request-view';
import { textOf } from '../parts/request-view-body';
import type { ShownRequest } from '../parts/request-view-curl';
import { Time } from '../parts/time';
import { useMay } from '../session';
import { DoctorAnswer } from './refused/doctor-answer';
import { REASON_WORDS } from './refused/refusal-reasons';
import { ReplayOutcome, type ReplayedRefusal } from './refused/replay-outcome';

/** One refused request: why, and what would have passed. */
export default function Refusal() {
  const { id = '' } = useParams();
  const at = encodeURIComponent(id);
  const mayReplay = useMay('replay');
  const replay = useAct<ReplayedRefusal>('POST', `/quarantine/${at}/replay`);
  const [, navigate] = useLocation();
  const ask = useConfirm();
  const purge = useAct<BulkStep>('POST', '/quarantine/purge', { done: 'The refused request is purged.' });
  // What is let in or purged leaves the quarantine: there is nothing to be asked for again.
  const isLetIn = replay.answer !== undefined && replay.answer.status < 400;
  const enabled = !isLetIn && !replay.isBusy && !purge.isBusy;
  const refusal = useRead<RefusalDetail>(`/quarantine/${at}`, ['refusals'], { enabled });
  // What would pass depends on the secrets there are.
  const diagnosis = useRead<Diagnosis>(`/doctor/${at}`, ['secrets', 'plugins'], { enabled });
  const onPurge = async () => {
    const text = 'The request is deleted, and cannot be had back.';
    if (!(await ask('Purge this refused request?', text, 'Purge'))) return;
    const step = await purge.run({ ids: [refusal.data?.id ?? id] });
    if (step !== undefined) navigate('/refused');
  };
  const plugin = refusal.data?.plugin;
  return (
    <>
      <PageHead
        title={refusal.data === undefined ? 'Refused request' : `${plugin} ${refusal.data.name}`}
        description={<span className="mono breaks">{id}</span>}
      >
        <Button
          size="xs"
          disabled={!mayReplay || isLetIn}
          title={mayReplay ? undefined : 'Your token lacks the scope replay.'}
          loading={replay.isBusy}
          onClick={() => void replay.run()}
        >
          Replay
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={isLetIn}
          loading={diagnosis.isFetching}
          onClick={() => void diagnosis.refetch()}
        >
          Judge it again
        </Button>
        <Button
          size="xs"
          variant="light"
          color="red"
          disabled={!mayReplay || isLetIn}
          loading={purge.isBusy}
          onClick={() => void onPurge()}
        >
          Purge…
        </Button>
      </PageHead>
      {replay.answer !== undefined && <ReplayOutcome replayed={replay.answer} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Paper withBorder p="md">
            <Title order={2} size="h5" mb="sm">
              The doctor’s answer
            </Title>
            {isLetIn ? (
              <Text size="sm">It is no longer among the refused: there is nothing more to find out.</Text>
            ) : (
              <Loaded query={diagnosis}>{(data) => <DoctorAnswer diagnosis={data} />}</Loaded>
            )}
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Paper withBorder p="md">
            <Title order={2} size="h5" mb="sm">
              Request
            </Title>
            <Loaded query={refusal}>
              {(data) => (
                <>
                  <Facts refusal={data} />
                  <RequestView request={shownOf(data)} bodyBytes={data.bodyBytes} />
                </>
              )}
            </Loaded>
          </Paper>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Facts({ refusal }: { readonly refusal: RefusalDetail }) {
  const { reason, scheme, receivedAt, ip, requestId, plugin } = refusal;
  return (
    <Group gap="md" mb="sm">
      <Text size="sm">
        Refused: {REASON_WORDS[reason] ?? reason} (<code>{reason}</code>, {scheme})
      </Text>
      <Text size="sm" c="dimmed">
        <Time at={receivedAt} /> from <span className="mono">{ip}</span>, request{' '}
        <span className="mono">{requestId}</span>
      </Text>
      <Anchor component={Link} href={`/plugins/${plugin}/endpoints`} size="sm">
        Endpoints of the plugin
      </Anchor>
    </Group>
  );
}

function shownOf({ method, target, headers, body }: RefusalDetail): ShownRequest {
  const text = body === undefined ? undefined : textOf(body);
  const kept = body === undefined ? undefined : text === undefined ? { base64: body } : { text };
  return { method, target, headers, body: kept };
}
