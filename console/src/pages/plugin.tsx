import { Alert, Stack, Tabs, Text } from '@mantine/core';
import { lazy, Suspense, type ComponentType } from 'react';
import { useLocation, useParams } from 'wouter';
import { useRead } from '../live';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { StackTrace } from '../parts/stack-trace';
import { StateBadge } from '../parts/state-badge';
import { Time } from '../parts/time';
import { PluginActions } from './plugin/plugin-actions';
import { pluginHref, type ShownPlugin } from './plugin/plugin-facts';

export interface TabProps {
  readonly plugin: ShownPlugin;
}
interface Tab {
  readonly id: string;
  readonly title: string;
  readonly tab: ComponentType<TabProps>;
  /** Behind the title. */
  readonly count?: (plugin: ShownPlugin) => number;
  /** Default: always. */
  readonly isThere?: (plugin: ShownPlugin) => boolean;
}

const TABS: readonly Tab[] = [
  { id: 'info', title: 'Info', tab: lazy(() => import('./plugin/info-tab')) },
  {
    id: 'endpoints',
    title: 'Endpoints',
    tab: lazy(() => import('./plugin/endpoints-tab')),
    count: ({ endpoints }) => endpoints.length,
  },
  { id: 'config', title: 'Config', tab: lazy(() => import('./plugin/config-tab')) },
  {
    id: 'secrets',
    title: 'Secrets',
    tab: lazy(() => import('./plugin/secrets-tab')),
    count: ({ secrets }) => secrets.length,
  },
  {
    id: 'jobs',
    title: 'Jobs',
    tab: lazy(() => import('./plugin/jobs-tab')),
    count: ({ tasks }) => tasks.length,
  },
  {
    id: 'schedules',
    title: 'Schedules',
    tab: lazy(() => import('./plugin/schedules-tab')),
    count: ({ schedules }) => schedules.length,
  },
  {
    id: 'tools',
    title: 'Tools',
    tab: lazy(() => import('./plugin/tools-tab')),
    count: ({ tools }) => tools.length,
  },
  { id: 'data', title: 'Data', tab: lazy(() => import('./plugin/data-tab')) },
  { id: 'logs', title: 'Logs', tab: lazy(() => import('./plugin/logs-tab')) },
  {
    id: 'page',
    title: 'Page',
    tab: lazy(() => import('./plugin/page-tab')),
    isThere: ({ page }) => page !== undefined,
  },
];

/** One plugin: how it is, and all that it has. */
export default function PluginPage() {
  const { key = '', tab } = useParams<{ key: string; tab?: string }>();
  const id = decoded(key);
  const plugin = useRead<ShownPlugin>(`/plugins/${encodeURIComponent(id)}`, ['plugins', 'secrets']);
  const shown = plugin.data;
  return (
    <>
      <PageHead
        title={shown?.name ?? id}
        description={shown !== undefined && <Facts plugin={shown} id={id} />}
      >
        {shown !== undefined && <PluginActions plugin={shown} />}
      </PageHead>
      <Loaded query={plugin}>
        {(data) => (
          <Stack gap="sm">
            <LoadFailure plugin={data} />
            <PluginTabs plugin={data} id={id} open={tab ?? 'info'} />
          </Stack>
        )}
      </Loaded>
    </>
  );
}

function Facts({ plugin, id }: { readonly plugin: ShownPlugin; readonly id: string }) {
  const { version, generation, leases } = plugin;
  return (
    <>
      <span className="mono">{id}</span> <StateBadge state={plugin.state} />{' '}
      {[
        version,
        generation > 0 ? `generation ${generation}` : '',
        leases > 0 ? `${leases} requests in flight` : '',
      ]
        .filter((fact) => fact !== '')
        .join(' · ')}
    </>
  );
}

function LoadFailure({ plugin: { failure, state, generation, folder } }: TabProps) {
  if (failure === undefined) return undefined;
  const serves = state === 'live' ? ` Generation ${generation} serves on.` : ' It does not serve.';
  return (
    <Alert color="red" variant="outline" role="alert" title={`Its last load failed.${serves}`}>
      <Text size="sm" className="breaks">
        {failure.message}
      </Text>
      <Text size="xs" my="xs">
        <span className="mono">{failure.code}</span> · <Time at={failure.at} />
      </Text>
      {failure.stack !== '' && <StackTrace stack={failure.stack} folder={folder} maxHeight={240} />}
    </Alert>
  );
}

interface PluginTabsProps extends TabProps {
  readonly id: string;
  readonly open: string;
}

function PluginTabs({ plugin, id, open }: PluginTabsProps) {
  const [, navigate] = useLocation();
  const tabs = TABS.filter(({ isThere }) => isThere?.(plugin) ?? true);
  const value = tabs.some((tab) => tab.id === open) ? open : 'info';
  return (
    <Tabs
      value={value}
      keepMounted={false}
      onChange={(tab) => navigate(pluginHref(id, tab ?? undefined), { replace: true })}
    >
      <Tabs.List mb="sm" aria-label="About the plugin">
        {tabs.map(({ id: tab, title, count }) => (
          <Tabs.Tab key={tab} value={tab} px="xs" py={6}>
            {title}
            {(count?.(plugin) ?? 0) > 0 && <span className="quiet"> {count?.(plugin)}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ id: tab, tab: Content }) => (
        <Tabs.Panel key={tab} value={tab}>
          <Suspense fallback={<Text size="sm">Loading …</Text>}>
            <Content plugin={plugin} />
          </Suspense>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** Of an address that somebody wrote by hand, perhaps. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
