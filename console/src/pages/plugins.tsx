import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useRead } from '../live';
import { useAct } from '../parts/act';
import { DataTable, type DataColumn } from '../parts/data-table';
import { Empty } from '../parts/empty';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { StateBadge } from '../parts/state-badge';
import { useMay } from '../session';
import { PluginActions } from './plugin/plugin-actions';
import { idOf, originOf, pluginHref, problemsOf, type ShownPlugin } from './plugin/plugin-facts';

/** Every plugin, those with problems first. */
export default function PluginsPage() {
  const plugins = useRead<PluginsAnswer>('/plugins', ['plugins', 'secrets']);
  const [search, setSearch] = useState('');
  return (
    <>
      <PageHead title="Plugins" description={plugins.data && countText(plugins.data.plugins)}>
        <TextInput
          type="search"
          size="xs"
          aria-label="Search plugins"
          placeholder="Key, name, folder, state"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <LookAgain />
      </PageHead>
      <Loaded query={plugins}>{(data) => <PluginList plugins={data.plugins} search={search} />}</Loaded>
    </>
  );
}

/** What came to or left the plugins folders while nobody watched them. */
function LookAgain() {
  const mayChange = useMay('plugins');
  const rescan = useAct<PluginsAnswer>('POST', '/plugins/rescan', {
    done: ({ plugins }) => `The host looked at its plugins folders: ${countText(plugins)}.`,
  });
  return (
    <Button
      size="xs"
      variant="default"
      disabled={!mayChange}
      title={
        mayChange
          ? 'Look at the plugins folders for new and removed ones'
          : 'Your token lacks the scope plugins.'
      }
      loading={rescan.isBusy}
      onClick={() => void rescan.run()}
    >
      Look again
    </Button>
  );
}

interface PluginsAnswer {
  readonly plugins: readonly ShownPlugin[];
}
interface PluginListProps {
  readonly plugins: readonly ShownPlugin[];
  readonly search: string;
}

function PluginList({ plugins, search }: PluginListProps) {
  const [, navigate] = useLocation();
  if (plugins.length === 0)
    return (
      <Empty title="There is no plugin yet.">
        <code>gatehouse new acme.ci</code> makes one in the plugins folder; <em>Look again</em> loads what
        came to stand there by other ways.
      </Empty>
    );
  const words = search.toLowerCase().split(/\s+/);
  const found = plugins
    .filter((plugin) => words.every((word) => textOf(plugin).includes(word)))
    .sort((a, b) => problemsOf(b).length - problemsOf(a).length || (idOf(a) < idOf(b) ? -1 : 1));
  if (found.length === 0) return <Empty title="No plugin is like that.">Search for less.</Empty>;
  return (
    <DataTable
      label="Plugins"
      columns={COLUMNS}
      rows={found}
      rowKey={idOf}
      onOpen={(plugin) => navigate(pluginHref(idOf(plugin)))}
    />
  );
}

const COLUMNS: readonly DataColumn<ShownPlugin>[] = [
  {
    key: 'plugin',
    header: 'Plugin',
    cell: (plugin) => (
      <>
        <a href={`#${pluginHref(idOf(plugin))}`} className="mono plain">
          {idOf(plugin)}
        </a>
        <br />
        <span className="quiet">{plugin.name}</span>
      </>
    ),
  },
  {
    key: 'state',
    header: 'State',
    cell: (plugin) => {
      const problems = problemsOf(plugin);
      return (
        <>
          <StateBadge state={plugin.state} />
          {problems.map((problem) => (
            <div key={problem} className="problem">
              {problem}
            </div>
          ))}
        </>
      );
    },
  },
  { key: 'version', header: 'Version', cell: ({ version }) => version || '–' },
  { key: 'generation', header: 'Generation', align: 'right', cell: ({ generation }) => generation || '–' },
  { key: 'endpoints', header: 'Endpoints', align: 'right', cell: ({ endpoints }) => endpoints.length },
  {
    key: 'origin',
    header: 'Origin',
    cell: (plugin) => (
      <>
        {originOf(plugin)}
        <div className="mono quiet folder" title={plugin.folder}>
          {plugin.folder.split('/').at(-1)}
        </div>
      </>
    ),
  },
  {
    key: 'actions',
    header: 'Actions',
    isAtHand: true,
    cell: (plugin) => <PluginActions plugin={plugin} isSmall />,
  },
];

const textOf = (plugin: ShownPlugin) =>
  [
    plugin.key,
    plugin.name,
    plugin.packageName,
    plugin.folder,
    plugin.state,
    plugin.description,
    originOf(plugin),
  ]
    .join(' ')
    .toLowerCase();

function countText(plugins: readonly ShownPlugin[]): string {
  const live = plugins.filter(({ state }) => state === 'live').length;
  return `${live} of ${plugins.length} live`;
}
