import { Anchor, Badge, Group, Paper, Stack, Text } from '@mantine/core';
import type { EndpointStatus } from '../../../../src/core/ports/plugin-registry';
import type { UrlStatus } from '../../../../src/operator/urls-desk';
import { CopyButton } from '../../parts/copy';
import { HealthCell } from '../home/endpoints-table';
import type { EndpointRow } from '../home/use-endpoints';
import type { SenderHint } from './use-sender-hints';
import { SignedUrlTokens } from './signed-url-tokens';

interface EndpointCardProps {
  /** Of the plugin. */
  readonly id: string;
  readonly endpoint: EndpointStatus;
  /** All that the endpoint answers at, its own first; absolute. */
  readonly addresses: readonly Pick<UrlStatus, 'url' | 'note' | 'signed'>[];
  readonly hints: readonly SenderHint[];
  readonly row: EndpointRow | undefined;
}

/** Where one endpoint answers, whom, and what its sender has to set. */
export function EndpointCard({ id, endpoint, addresses, hints, row }: EndpointCardProps) {
  const { method, path, access, isOpen, secretNames = [], origin } = endpoint;
  const signed = addresses.find((address) => address.signed !== undefined)?.signed;
  return (
    <Paper withBorder p="sm" component="article" aria-label={`${method} ${path}`}>
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Text className="mono breaks" fw={600}>
              {method} {path}
            </Text>
            {row?.health !== undefined && <HealthCell health={row.health} />}
          </Group>
          {row?.measure !== undefined && (
            <Text size="xs" c="dimmed">
              {row.measure.requests} requests, {row.measure.failures} failures in the last hour
            </Text>
          )}
        </Group>
        {addresses.map((address) => (
          <Group key={address.url} gap="xs" wrap="nowrap" align="flex-start">
            <span className="mono breaks">{address.url}</span>
            {address.signed === undefined && <CopyButton value={address.url} label="URL" />}
            {address.note !== '' && (
              <Badge variant="outline" tt="none" color={address.note === 'deprecated' ? 'orange' : 'gray'}>
                {address.note}
              </Badge>
            )}
          </Group>
        ))}
        {signed !== undefined && <SignedUrlTokens id={id} method={method} signed={signed} />}
        <Text size="sm" component="div">
          Access: {access}
          {isOpen && (
            <>
              {' '}
              <b>Open: anybody may ask, and nothing tells who did.</b>
            </>
          )}
        </Text>
        <SenderHints hints={hints} />
        {secretNames.length > 0 && (
          <Text size="sm" component="div">
            Judged by <span className="mono">{secretNames.join(', ')}</span>:{' '}
            <Anchor size="sm" href={`#/plugins/${encodeURIComponent(id)}/secrets`}>
              Secrets
            </Anchor>
          </Text>
        )}
        <Text size="xs" c="dimmed" className="breaks">
          Declared by {origin}
        </Text>
      </Stack>
    </Paper>
  );
}

/** The headers to set at the sender, each to be copied. */
export function SenderHints({ hints }: { readonly hints: readonly SenderHint[] }) {
  return hints.map(({ header, text }) => (
    <Group key={`${header} ${text}`} gap="xs">
      <Text size="sm" component="div">
        The sender sets{' '}
        {header !== undefined && (
          <>
            the header <b className="mono">{header}</b>:{' '}
          </>
        )}
        {text}
      </Text>
      {header !== undefined && <CopyButton value={header} label="header" />}
    </Group>
  ));
}
