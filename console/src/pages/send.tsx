import { Grid, Paper, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { SampledSender } from '../../../src/core/ports/samples';
import type { PluginStatus } from '../../../src/core/ports/plugin-registry';
import { useRead } from '../live';
import { useAct } from '../parts/act';
import { Empty } from '../parts/empty';
import { Failure } from '../parts/failure';
import { useFilters } from '../parts/filters-address';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import type { WantedEvent } from './send/send-draft';
import { SendForm } from './send/send-form';
import { SentAnswer, type SentEvent } from './send/sent-answer';
import { sendTargets } from './send/send-targets';

const NAMES = ['to'] as const;

interface Known {
  readonly samples: readonly SampledSender[];
}

/** A test event, signed as its sender would. */
export default function Send() {
  const { values } = useFilters(NAMES);
  const known = useRead<Known>('/send', []);
  const plugins = useRead<{ readonly plugins: readonly PluginStatus[] }>('/plugins', ['plugins']);
  const send = useAct<SentEvent>('POST', '/send', { isQuiet: true });
  return (
    <>
      <PageHead
        title="Send"
        description="Sends an endpoint of this host a request as a known sender makes it. The host signs it with the secret it keeps; the secret stays there."
      />
      <Loaded query={known}>
        {({ samples }) => (
          <Loaded query={plugins}>
            {({ plugins: all }) => {
              const targets = sendTargets(all);
              if (targets.length === 0)
                return (
                  <Empty title="No plugin serves an endpoint.">
                    Load or enable one on the page <Link href="/plugins">Plugins</Link>.
                  </Empty>
                );
              return (
                <Grid gap="md">
                  <Grid.Col span={{ base: 12, lg: 6 }}>
                    <Paper withBorder p="md">
                      <Title order={2} size="h5" mb="sm">
                        Event
                      </Title>
                      <SendForm
                        samples={samples}
                        targets={targets}
                        firstTarget={values['to']}
                        isBusy={send.isBusy}
                        onSend={(wanted: WantedEvent) => void send.run(wanted)}
                      />
                    </Paper>
                  </Grid.Col>
                  <Grid.Col span={{ base: 12, lg: 6 }}>
                    <Paper withBorder p="md" aria-live="polite">
                      <Title order={2} size="h5" mb="sm">
                        Answer
                      </Title>
                      {send.error !== undefined && <Failure error={send.error} />}
                      {send.error === undefined && send.answer === undefined && (
                        <Text size="sm" c="dimmed">
                          What comes back is shown here, with the delivery or the refusal it became.
                        </Text>
                      )}
                      {send.error === undefined && send.answer !== undefined && (
                        <SentAnswer sent={send.answer} />
                      )}
                    </Paper>
                  </Grid.Col>
                </Grid>
              );
            }}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}
