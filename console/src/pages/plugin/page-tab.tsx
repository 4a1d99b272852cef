import { Anchor, Group, Text } from '@mantine/core';
import { hostBase } from '../../api';
import type { TabProps } from '../plugin';

/**
 * The plugin's own page, in a sandbox: it is of no origin, so that it has neither the console's session nor its storage, and
 * cannot lead the console elsewhere.
 */
export default function PageTab({ plugin }: TabProps) {
  if (plugin.page === undefined) return undefined;
  const address = `${hostBase}${plugin.page}`;
  return (
    <>
      <Group mb="xs" gap="xs">
        <Text size="sm" c="dimmed">
          Written by the plugin, shown in a sandbox.
        </Text>
        <Anchor href={address} target="_blank" rel="noreferrer noopener" size="sm">
          Open by itself
        </Anchor>
      </Group>
      <iframe
        className="plugin-page"
        title={`Page of ${plugin.name}`}
        src={address}
        sandbox="allow-scripts allow-forms allow-popups"
        referrerPolicy="no-referrer"
      />
    </>
  );
}
