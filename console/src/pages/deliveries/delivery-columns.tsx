import { Badge, Text } from '@mantine/core';
import type { ReceiptSummary, WorkState } from '../../../../src/core/ports/inbox-desk';
import type { RowColumn } from '../../parts/infinite-rows-row';
import { StateBadge } from '../../parts/state-badge';
import { Time } from '../../parts/time';

/** What of its jobs tells most: what failed, then what is still to be done. */
const BY_WEIGHT: readonly WorkState[] = [
  'dead',
  'poisoned',
  'running',
  'ready',
  'waiting',
  'later',
  'cancelled',
  'succeeded',
];

/** The state of the delivery as a whole; undefined where no job came of it. */
function stateOf({ jobs }: Pick<ReceiptSummary, 'jobs'>): WorkState | undefined {
  return BY_WEIGHT.find((state) => jobs.some((job) => job.state === state));
}

/** What became of it: the state of its jobs, or where there are none what its sender was answered. */
export function DeliveryState({ receipt }: { readonly receipt: ReceiptSummary }) {
  const state = stateOf(receipt);
  if (receipt.orphan !== undefined)
    return (
      <Badge variant="dot" color="orange" tt="none" fw={500}>
        {receipt.orphan}
      </Badge>
    );
  if (state !== undefined) return <StateBadge state={state} />;
  return <AnswerBadge status={receipt.answerStatus} />;
}

/** What its sender was answered. */
export function AnswerBadge({ status }: { readonly status: number | undefined }) {
  if (status === undefined)
    return (
      <Text span size="xs" c="dimmed">
        stored
      </Text>
    );
  const color = status >= 500 ? 'red' : status >= 400 ? 'orange' : 'teal';
  return (
    <Badge variant="dot" color={color} tt="none" fw={500}>
      answered {status}
    </Badge>
  );
}

export const deliveryColumns: readonly RowColumn<ReceiptSummary>[] = [
  {
    key: 'at',
    title: 'Received',
    width: 'minmax(0, 5.5rem)',
    narrowWidth: '4.6rem',
    cell: ({ receivedAt }) => <Time at={receivedAt} />,
  },
  {
    key: 'state',
    title: 'State',
    width: '8.5rem',
    narrowWidth: '6.9rem',
    cell: (receipt) => <DeliveryState receipt={receipt} />,
  },
  {
    key: 'plugin',
    title: 'Plugin',
    width: 'minmax(0, 1.2fr)',
    cell: ({ plugin }) => <span className="mono">{plugin}</span>,
  },
  {
    key: 'endpoint',
    title: 'Endpoint',
    width: 'minmax(0, 1.2fr)',
    isWide: true,
    cell: ({ name }) => <span className="mono">{name}</span>,
  },
  {
    key: 'event',
    title: 'Event',
    width: 'minmax(0, 1fr)',
    isWide: true,
    cell: ({ event, replayOf }) => (
      <>
        {event ?? '–'} {replayOf !== undefined && <em>replay</em>}
      </>
    ),
  },
  {
    key: 'delivery',
    title: 'Delivery id',
    width: 'minmax(0, 1.3fr)',
    isWide: true,
    cell: ({ deliveryId }) => <span className="mono">{deliveryId ?? '–'}</span>,
  },
  {
    key: 'ip',
    title: 'From',
    width: 'minmax(0, 8rem)',
    isWide: true,
    cell: ({ ip }) => <span className="mono">{ip}</span>,
  },
  {
    key: 'bytes',
    title: 'Bytes',
    width: '4.5rem',
    isWide: true,
    cell: ({ bodyBytes }) => bodyBytes.toLocaleString('en'),
  },
];
