import { Grid, Paper, Title } from '@mantine/core';
import { useState } from 'react';
import { useParams } from 'wouter';
import type { DeliveryTimeline } from '../../../src/core/ports/deliveries-desk';
import { useRead, type Topic } from '../live';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { RequestView } from '../parts/request-view';
import { DeliveryActions } from './deliveries/delivery-actions';
import { DeliverySteps } from './deliveries/delivery-steps';

const TOPICS: readonly Topic[] = ['receipts', 'jobs', 'messages', 'runs'];

/** One stored request: how it came, what was decided, and all it caused. */
export default function Delivery() {
  const { id = '' } = useParams();
  // What is purged is not asked for again.
  const [isPurging, setPurging] = useState(false);
  const timeline = useRead<DeliveryTimeline>(`/deliveries/${encodeURIComponent(id)}`, TOPICS, {
    enabled: !isPurging,
  });
  const receipt = timeline.data?.receipt;
  return (
    <>
      <PageHead
        title={receipt === undefined ? 'Delivery' : `${receipt.plugin} ${receipt.name}`}
        description={<span className="mono breaks">{id}</span>}
      >
        {timeline.data !== undefined && <DeliveryActions timeline={timeline.data} onPurging={setPurging} />}
      </PageHead>
      <Loaded query={timeline}>
        {(data) => (
          <Grid gap="md">
            <Grid.Col span={{ base: 12, lg: 6 }}>
              <Paper withBorder p="md">
                <Title order={2} size="h5" mb="sm">
                  Timeline
                </Title>
                <DeliverySteps timeline={data} />
              </Paper>
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 6 }}>
              <Paper withBorder p="md">
                <Title order={2} size="h5" mb="sm">
                  Request
                </Title>
                <RequestView request={data.receipt} bodyBytes={data.receipt.bodyBytes} />
              </Paper>
            </Grid.Col>
          </Grid>
        )}
      </Loaded>
    </>
  );
}
