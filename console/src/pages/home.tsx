import { Anchor, SimpleGrid, Stack, Text } from '@mantine/core';
import type { Overview } from '../../../src/core/ports/health-desk';
import { useRead } from '../live';
import { Empty } from '../parts/empty';
import { Loaded } from '../parts/loaded';
import { PageHead } from '../parts/page-head';
import { Stat } from '../parts/stat';
import { Time, durationText } from '../parts/time';
import { EndpointsTable } from './home/endpoints-table';
import { TrafficCharts } from './home/traffic-charts';
import { useEndpoints } from './home/use-endpoints';
import { Warnings } from './home/warnings';

/** How the host is, at a glance: what to see to first, then numbers, then charts. */
export default function HomePage() {
  const overview = useRead<Overview>('/overview', ['plugins', 'jobs', 'refusals', 'secrets', 'nodes']);
  const data = overview.data;
  return (
    <>
      <PageHead title="Home" description={data !== undefined && <HostLine overview={data} />} />
      <Stack gap="md">
        <Loaded query={overview}>
          {(loaded) => (
            <>
              <Warnings warnings={loaded.warnings} />
              <Stats overview={loaded} />
              {pluginCount(loaded) === 0 && <FirstPlugin />}
            </>
          )}
        </Loaded>
        {(data === undefined || pluginCount(data) > 0) && (
          <>
            <TrafficCharts />
            <EndpointsTable />
          </>
        )}
      </Stack>
    </>
  );
}

function HostLine({ overview }: { readonly overview: Overview }) {
  const { version, publicUrl, url, store, node, startedAt } = overview;
  return (
    <>
      <span className="mono">{publicUrl ?? url}</span> · {version} · {store} · node{' '}
      <span className="mono">{node}</span> · started <Time at={startedAt} />
    </>
  );
}

function Stats({ overview }: { readonly overview: Overview }) {
  const { plugins, jobs, oldestDueMs, refused, deprecatedUses } = overview;
  const { endpoints } = useEndpoints();
  const down = endpoints.filter(({ health }) => health?.state === 'down').length;
  const checked = endpoints.filter(({ health }) => health !== undefined).length;
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 6 }} spacing="xs">
      <Stat
        label="Plugins"
        value={`${plugins.live} of ${pluginCount(overview)} live`}
        note={`${plugins.failed} failed, ${plugins.disabled} disabled`}
        href="/plugins"
        isBad={plugins.failed > 0}
      />
      <Stat
        label="Endpoints"
        value={checked === 0 ? '–' : `${checked - down} of ${checked}`}
        note={down === 0 ? 'can be reached' : `${down} cannot be reached`}
        href="/plugins"
        isBad={down > 0}
      />
      <Stat
        label="Backlog"
        value={jobs.ready + jobs.running}
        note={
          oldestDueMs === undefined ? 'nothing is overdue' : `oldest due ${durationText(oldestDueMs)} ago`
        }
        href="/jobs"
        isBad={(oldestDueMs ?? 0) > LATE_MS}
      />
      <Stat
        label="Dead letters"
        value={jobs.dead}
        note={jobs.dead === 0 ? 'nothing is dead' : 'wait for you'}
        href="/dead-letters"
        isBad={jobs.dead > 0}
      />
      <Stat label="Refused" value={refused} note="in the last hour" href="/refused" />
      <Stat label="Deprecations" value={deprecatedUses} note="uses so far" href="/deprecations" />
    </SimpleGrid>
  );
}

const LATE_MS = 60_000;

function FirstPlugin() {
  return (
    <Empty title="There is no plugin yet.">
      <code>gatehouse new acme.ci</code> makes one in the plugins folder, with a test and its README; whatever
      stands there is loaded at once. Then <Anchor href="#/plugins">Plugins</Anchor> tells the URL to paste at
      the sender, and <Anchor href="#/send">Send</Anchor> sends it a signed test event.
      <Text size="sm" mt="xs">
        One from npm, a folder or git: <code>gatehouse plugins add &lt;package&gt;</code>.
      </Text>
    </Empty>
  );
}

function pluginCount({ plugins }: Overview): number {
  return plugins.live + plugins.loading + plugins.failed + plugins.disabled;
}
