import type { Clock } from '../core/clock';
import type { EndpointHealth, HealthDesk, Overview } from '../core/ports/health-desk';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import type { PluginRegistry, PluginStatus } from '../core/ports/plugin-registry';
import type { WorkCounter } from '../core/ports/work-counts';
import { checkEndpoints } from './endpoint-checks';
import { seeTo } from './overview-warnings';
import { readVersion } from './version';

export interface HealthDeskParts {
  readonly registry: Pick<PluginRegistry, 'list'>;
  readonly work: WorkCounter;
  readonly store: Overview['store'];
  /** Id of this start. */
  readonly node: string;
  /** Where the host answers on this machine; empty before it listens. */
  readonly url: () => string;
  readonly publicUrl: string | undefined;
  /** What this process asks itself with; see `newCheckToken`. */
  readonly checkToken: string;
  readonly clock: Clock;
  /** Absent in a host without the compatibility layer. */
  readonly deprecations?: (() => readonly DeprecationUse[]) | undefined;
  /** What the host says of its settings when it starts. */
  readonly warnings?: (() => readonly string[]) | undefined;
}

/** What was found is told again for so long: a page that many look at asks once. */
const FRESH_MS = 10_000;
const HOUR_MS = 3_600_000;

/** How this host is. */
export function createHealthDesk(parts: HealthDeskParts): HealthDesk {
  const { registry, checkToken: token, url, clock } = parts;
  const startedAt = clock.now();
  const version = readVersion();
  let known: { readonly at: number; readonly found: Promise<readonly EndpointHealth[]> } | undefined;
  return {
    overview: () => overviewOf(parts, { version, startedAt }),
    endpoints: () => {
      // By the machine's clock: one that is moved must not keep it for ever.
      const at = performance.now();
      if (known === undefined || at - known.at >= FRESH_MS)
        known = { at, found: checkEndpoints(registry.list(), { url, token, now: () => clock.now() }) };
      return known.found;
    },
  };
}

async function overviewOf(
  parts: HealthDeskParts,
  facts: Pick<Overview, 'version' | 'startedAt'>,
): Promise<Overview> {
  const { registry, work, store, node, url, publicUrl, clock, deprecations } = parts;
  const now = clock.now();
  const [{ oldestDueAt, ...jobs }, refused] = await Promise.all([
    work.counts(),
    work.refusedSince(now - HOUR_MS),
  ]);
  const statuses = registry.list();
  const uses = deprecations?.() ?? [];
  return {
    ...facts,
    ...{ url: url(), publicUrl, store, node, jobs, refused },
    plugins: countsOf(statuses),
    oldestDueMs: oldestDueAt === undefined ? undefined : Math.max(0, now - oldestDueAt),
    deprecatedUses: uses.reduce((sum, { count }) => sum + count, 0),
    warnings: [
      ...(parts.warnings?.() ?? []).map((said) => ({ text: said, about: 'settings' as const })),
      ...seeTo({ statuses, uses, publicUrl, dead: jobs.dead, refused }),
    ],
  };
}

function countsOf(statuses: readonly PluginStatus[]): Overview['plugins'] {
  const counts = { live: 0, loading: 0, failed: 0, disabled: 0 };
  for (const { state } of statuses) counts[state] += 1;
  return counts;
}
