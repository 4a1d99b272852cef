import { Alert, Anchor, Box, Text } from '@mantine/core';
import { Link } from 'wouter';
import { Code } from '../../parts/code';

/** As `POST /quarantine/:id/replay` answers. */
export interface ReplayedRefusal {
  readonly status: number;
  /** The delivery that it became, where the endpoint stores what it lets in. */
  readonly receiptId?: string;
  readonly body: string;
}

/** What came of giving the request to the host once more. */
export function ReplayOutcome({ replayed }: { readonly replayed: ReplayedRefusal }) {
  const { status, receiptId, body } = replayed;
  const isLetIn = status < 400;
  return (
    <Alert
      mb="md"
      role="status"
      variant="outline"
      color={isLetIn ? 'teal' : 'red'}
      title={isLetIn ? `Let in now: answered ${status}` : `Not taken: answered ${status}`}
    >
      {receiptId !== undefined && (
        <Anchor component={Link} href={`/deliveries/${receiptId}`} size="sm" className="breaks">
          Delivery <span className="mono">{receiptId}</span>
        </Anchor>
      )}
      {isLetIn && receiptId === undefined && (
        <Text size="sm">Its endpoint does not store what it lets in: there is no delivery to look at.</Text>
      )}
      {body !== '' && (
        <Box mt="xs">
          <Code text={body} language="json" label="Body of the answer" maxHeight={160} />
        </Box>
      )}
    </Alert>
  );
}
