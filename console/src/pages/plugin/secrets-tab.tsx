import { Stack, Text } from '@mantine/core';
import type { SecretStatus } from '../../../../src/operator/secrets-desk';
import { useRead } from '../../live';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import type { TabProps } from '../plugin';
import { AddSecret } from './add-secret';
import { idOf } from './plugin-facts';
import { SecretCard, type SecretUse } from './secret-card';
import { useAddresses } from './use-addresses';
import { useSenderHints } from './use-sender-hints';

/** The secrets of one plugin: set, rotated and removed; no value ever comes back. */
export default function SecretsTab({ plugin }: TabProps) {
  const id = idOf(plugin);
  const addressesOf = useAddresses(plugin);
  const hintsOf = useSenderHints(plugin);
  const secrets = useRead<{ readonly secrets: readonly SecretStatus[] }>(
    `/secrets?plugin=${encodeURIComponent(id)}`,
    ['secrets', 'plugins'],
  );
  const usesOf = (name: string): readonly SecretUse[] =>
    plugin.endpoints
      .filter(({ secretNames = [] }) => secretNames.includes(name))
      .map((endpoint) => ({
        endpoint: `${endpoint.method} ${endpoint.path}`,
        url: addressesOf(endpoint)[0]?.url,
        hints: hintsOf(endpoint.access),
      }));
  return (
    <Loaded query={secrets}>
      {({ secrets: list }) => (
        <Stack gap="xs">
          {list.length === 0 && (
            <Empty title="It knows no secret.">
              plugin.secret(name) declares one, and so does an endpoint that verifies its sender.
            </Empty>
          )}
          {list.map((secret) => (
            <SecretCard key={secret.name} secret={secret} uses={usesOf(secret.name)} />
          ))}
          <AddSecret plugin={id} />
          <Text size="xs" c="dimmed">
            Values are sealed by the host’s master key, and are never shown again. Whoever changes one is in
            the audit.
          </Text>
        </Stack>
      )}
    </Loaded>
  );
}
