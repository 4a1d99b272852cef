import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Empty } from '../../parts/empty';
import { useEndpoints } from '../home/use-endpoints';
import type { TabProps } from '../plugin';
import { EndpointCard } from './endpoint-card';
import { idOf } from './plugin-facts';
import { useAddresses } from './use-addresses';
import { useSenderHints } from './use-sender-hints';

/** From here on a search is needed to find one. */
const MANY = 8;

/** What to paste where: the URL of each endpoint, and what its sender has to set. */
export default function EndpointsTab({ plugin }: TabProps) {
  const [search, setSearch] = useState('');
  const { endpoints: rows } = useEndpoints();
  const addressesOf = useAddresses(plugin);
  const hintsOf = useSenderHints(plugin);
  const id = idOf(plugin);
  if (plugin.endpoints.length === 0)
    return (
      <Empty title={plugin.state === 'live' ? 'It declares no endpoint.' : 'It does not serve.'}>
        {plugin.state === 'live'
          ? 'plugin.post(path, …) declares one.'
          : 'Its endpoints are known once it is loaded: enable it, or mend what keeps it from loading.'}
      </Empty>
    );
  const found = plugin.endpoints.filter(({ method, path, access }) =>
    `${method} ${path} ${access}`.toLowerCase().includes(search.toLowerCase()),
  );
  return (
    <Stack gap="xs">
      {plugin.endpoints.length > MANY && (
        <TextInput
          type="search"
          size="xs"
          maw={320}
          aria-label="Search endpoints"
          placeholder="Method, path, access"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      {found.map((endpoint) => (
        <EndpointCard
          key={`${endpoint.method} ${endpoint.path} ${endpoint.origin}`}
          id={id}
          endpoint={endpoint}
          addresses={addressesOf(endpoint)}
          hints={hintsOf(endpoint.access)}
          row={rows.find(
            ({ plugin: key, name }) => key === plugin.key && name === `${endpoint.method} ${endpoint.path}`,
          )}
        />
      ))}
    </Stack>
  );
}
