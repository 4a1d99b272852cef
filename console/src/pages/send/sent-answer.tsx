import { Alert, Anchor, Button, Collapse, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link } from 'wouter';
import type { Page, ReceiptSummary } from '../../../../src/core/ports/inbox-desk';
import type { RefusalSummary } from '../../../../src/core/ports/quarantine-desk';
import { useRead } from '../../live';
import { Code } from '../../parts/code';
import { withQuery } from '../../parts/filters-address';
import { HeaderTable } from '../../parts/request-view';
import { AnswerBadge, DeliveryState } from '../deliveries/delivery-columns';
import { REASON_WORDS } from '../refused/refusal-reasons';

type Headers = readonly (readonly [string, string])[];

/** As `POST /send` answers. */
export interface SentEvent {
  readonly plugin: string;
  readonly endpoint: string;
  readonly access: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly body: string;
  };
  readonly answer: {
    readonly status: number;
    readonly headers: Headers;
    readonly body: string;
    readonly isCut?: boolean;
  };
  readonly isAsExpected: boolean;
  readonly why?: string;
}

/** What came back, and what became of what was sent. */
export function SentAnswer({ sent }: { readonly sent: SentEvent }) {
  const { answer, request, isAsExpected, why, plugin, endpoint, access } = sent;
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <AnswerBadge status={answer.status} />
        <Text size="sm" c={isAsExpected ? undefined : 'red'}>
          {isAsExpected ? 'as expected' : 'not as expected'}
        </Text>
        <Text size="sm" c="dimmed" className="mono breaks">
          {plugin} {endpoint} ({access})
        </Text>
      </Group>
      {why !== undefined && (
        <Alert color="yellow" title="Nothing can be verified there">
          <Text size="sm" className="breaks">
            {why}
          </Text>
          <Anchor component={Link} href={`/plugins/${plugin}/secrets`} size="sm">
            Secrets of {plugin}
          </Anchor>
        </Alert>
      )}
      <Arrivals sent={sent} />
      <Text fw={600} size="sm">
        Answer{answer.isCut === true ? ' (its beginning)' : ''}
      </Text>
      {answer.body !== '' && (
        <Code text={answer.body} language="json" label="Body of the answer" maxHeight={240} />
      )}
      <HeaderTable label="Headers of the answer" headers={answer.headers} />
      <Group>
        <Button size="compact-sm" variant="subtle" aria-expanded={isOpen} onClick={toggle}>
          What was sent
        </Button>
      </Group>
      <Collapse expanded={isOpen}>
        <Stack gap="xs">
          <Text size="sm" className="breaks">
            <span className="mono">
              {request.method} {request.url}
            </span>
          </Text>
          <HeaderTable label="Headers that were sent" headers={request.headers} />
          <Code text={request.body} language="json" label="Body that was sent" maxHeight={320} />
        </Stack>
      </Collapse>
    </Stack>
  );
}

/** The host writes them down a moment before or after it answers. */
const EARLIER_MS = 2_000;

/** The delivery or the refusal that came of it, as soon as it is stored. */
function Arrivals({ sent: { plugin, answer, request } }: { readonly sent: SentEvent }) {
  const answeredAt = Date.parse(headerOf(answer.headers, 'date') ?? '');
  const requestId = headerOf(answer.headers, 'x-request-id');
  const isDated = !Number.isNaN(answeredAt);
  const filter = { plugin, since: String(answeredAt - EARLIER_MS), limit: '20' };
  const receipts = useRead<Page<ReceiptSummary>>(withQuery('/inbox/receipts', filter), ['receipts', 'jobs'], {
    enabled: isDated,
  });
  const refusals = useRead<Page<RefusalSummary>>(withQuery('/quarantine', filter), ['refusals'], {
    enabled: isDated,
  });
  const sentValues = new Set(request.headers.map(([, value]) => value));
  const arrived = receipts.data?.items ?? [];
  const exact = arrived.filter(({ deliveryId }) => deliveryId !== undefined && sentValues.has(deliveryId));
  const shown = exact.length > 0 ? exact : arrived;
  const refused = (refusals.data?.items ?? []).filter((refusal) => refusal.requestId === requestId);
  if (shown.length + refused.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing is stored of it so far: a repetition is stored once, and not every endpoint stores.
      </Text>
    );
  return (
    <Stack gap={4} role="status" aria-label="What came of it">
      {shown.map((receipt) => (
        <Group key={receipt.id} gap="sm">
          <DeliveryState receipt={receipt} />
          <Anchor component={Link} href={`/deliveries/${receipt.id}`} size="sm" className="breaks">
            Delivery <span className="mono">{receipt.id}</span>
          </Anchor>
        </Group>
      ))}
      {refused.map((refusal) => (
        <Group key={refusal.id} gap="sm">
          <Text size="sm">Refused: {REASON_WORDS[refusal.reason] ?? refusal.reason}</Text>
          <Anchor component={Link} href={`/refused/${refusal.id}`} size="sm">
            Ask the doctor why
          </Anchor>
        </Group>
      ))}
    </Stack>
  );
}

function headerOf(headers: Headers, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}
