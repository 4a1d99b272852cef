import { Group, Stack, Text } from '@mantine/core';
import { useRead } from '../../live';
import { CopyButton } from '../../parts/copy';
import { FactList } from '../../parts/facts';
import { Loaded } from '../../parts/loaded';
import { Markdown } from '../../parts/markdown';
import type { TabProps } from '../plugin';
import { TrafficCharts } from '../home/traffic-charts';
import { idOf, originOf } from './plugin-facts';

/** Where it comes from, what it holds, what its author says of it, and how it does. */
export default function InfoTab({ plugin }: TabProps) {
  const { description, version, generation, folder, packageName, effects, brokenResponses = 0, key } = plugin;
  return (
    <Stack gap="md">
      {description !== '' && <Text size="sm">{description}</Text>}
      <FactList
        facts={[
          ['Version', version || '–'],
          ['Generation', generation || 'none serves'],
          ['Origin', originOf(plugin) || '–'],
          [
            'Folder',
            <>
              <span className="mono breaks">{folder}</span> <CopyButton value={folder} label="path" />
            </>,
          ],
          ...(packageName === undefined
            ? []
            : [['Package', <span className="mono">{packageName}</span>] as const]),
          ['Holds open', effects.length === 0 ? 'nothing' : effects.join(', ')],
          ['Answers that broke their schema', brokenResponses],
        ]}
      />
      {key !== undefined && <OnCommandLine pluginKey={key} />}
      {key !== undefined && <TrafficCharts plugin={key} />}
      {plugin.hasReadme && <Readme id={idOf(plugin)} />}
    </Stack>
  );
}

/** Files are the machine's own: they are changed there, and not from a browser. */
function OnCommandLine({ pluginKey }: { readonly pluginKey: string }) {
  const commands = [`gatehouse plugins update ${pluginKey}`, `gatehouse plugins remove ${pluginKey}`];
  return (
    <Stack gap={4} component="section" aria-label="On the command line">
      <Text size="sm">
        Plugins are added, updated and removed on the command line of the host’s machine; update and remove
        are for one that <code>gatehouse plugins add</code> brought. One in a folder of your own is changed
        there.
      </Text>
      {commands.map((command) => (
        <Group key={command} gap="xs">
          <code className="breaks">{command}</code> <CopyButton value={command} label="command" />
        </Group>
      ))}
    </Stack>
  );
}

function Readme({ id }: { readonly id: string }) {
  const readme = useRead<{ readonly markdown: string }>(`/plugins/${encodeURIComponent(id)}/readme`, [
    'plugins',
  ]);
  return <Loaded query={readme}>{({ markdown }) => <Markdown text={markdown} />}</Loaded>;
}
