import type { Traffic } from '../../core/ports/measurements';
import type { WorkCount } from '../../core/ports/inbox-desk';
import type { PluginRegistry } from '../../core/ports/plugin-registry';
import type { Backlog } from '../../core/ports/work-observer';
import type { Metric, Sample } from './metric';
import type { WorkCounts } from './work-counts';

export interface HostMetricsParts {
  readonly version: string;
  readonly traffic: Traffic;
  readonly work: WorkCounts;
  readonly registry: Pick<PluginRegistry, 'list'>;
  readonly refusals: () => readonly {
    readonly plugin: string;
    readonly endpoint: string;
    readonly reason: string;
    readonly count: number;
  }[];
  readonly brokenResponses: () => readonly {
    readonly key: string;
    readonly endpoint: string;
    readonly count: number;
  }[];
  readonly deprecations: () => readonly {
    readonly id: string;
    readonly plugin: string;
    readonly count: number;
  }[];
  /** The latest that is known; undefined before it was read, or while it cannot be. */
  readonly backlog: () => Backlog | undefined;
  readonly jobs: () => Promise<readonly WorkCount[]>;
  readonly quarantineDropped: () => Promise<number | undefined>;
}

/** Of what others may fill: the most that one metric tells. */
const MOST_SAMPLES = 2_000;
const STATUSES = ['1xx', '2xx', '3xx', '4xx', '5xx'];
const MS = 1_000;

/** Every metric of the host's own. */
export function hostMetrics(parts: HostMetricsParts): readonly Metric[] {
  return [...requestMetrics(parts), ...workMetrics(parts), ...storeMetrics(parts), ...pluginMetrics(parts)];
}

function requestMetrics({ traffic, refusals, brokenResponses }: HostMetricsParts): readonly Metric[] {
  return [
    {
      ...{
        name: 'gatehouse_requests_total',
        type: 'counter',
        help: 'Answers, by the first digit of their status',
      },
      read: () =>
        traffic
          .totals()
          .flatMap(({ plugin, name, answers }) =>
            answers.flatMap((value, index) =>
              value === 0
                ? []
                : [{ labels: { plugin, endpoint: name, status: STATUSES[index] ?? '' }, value }],
            ),
          ),
    },
    {
      ...{ name: 'gatehouse_request_seconds', type: 'histogram' },
      help: 'Until an answer was sent; without streams and WebSockets',
      read: () => {
        const bounds = traffic.boundsMs.map((ms) => ms / MS);
        return traffic.totals().map(({ plugin, name, within, sumMs }) => {
          return { labels: { plugin, endpoint: name }, bounds, within, sum: sumMs / MS };
        });
      },
    },
    {
      ...{ name: 'gatehouse_refusals_total', type: 'counter', help: 'Requests that a guard refused' },
      read: () => summed(refusals(), ({ plugin, endpoint, reason }) => ({ plugin, endpoint, reason })),
    },
    {
      ...{ name: 'gatehouse_broken_responses_total', type: 'counter' },
      help: 'Answers that broke the schema of their endpoint',
      read: () => summed(brokenResponses(), ({ key, endpoint }) => ({ plugin: key, endpoint })),
    },
  ];
}

function workMetrics({ work, jobs }: HostMetricsParts): readonly Metric[] {
  return [
    {
      ...{
        name: 'gatehouse_attempts_total',
        type: 'counter',
        help: 'Attempts at jobs that this host settled',
      },
      read: () =>
        work.tasks.flatMap(({ plugin, name, outcomes }) =>
          [...outcomes].map(([outcome, value]) => ({ labels: { plugin, task: name, outcome }, value })),
        ),
    },
    {
      ...{
        name: 'gatehouse_job_seconds',
        type: 'histogram',
        help: 'From the claim of a job to its settlement',
      },
      read: () =>
        work.tasks.map(({ plugin, name, seconds: { bounds, within, sum } }) => {
          return { labels: { plugin, task: name }, bounds, within, sum };
        }),
    },
    {
      ...{
        name: 'gatehouse_dead_letters_total',
        type: 'counter',
        help: 'Jobs that became dead letters here',
      },
      read: () => [{ labels: {}, value: work.deadLetters }],
    },
    {
      ...{ name: 'gatehouse_messages_total', type: 'counter', help: 'Attempts to send a message to a chat' },
      read: () =>
        [...work.messages].flatMap(([adapter, outcomes]) =>
          [...outcomes].map(([outcome, value]) => ({ labels: { adapter, outcome }, value })),
        ),
    },
    {
      ...{ name: 'gatehouse_jobs', type: 'gauge', help: 'Jobs in the store, by state; of all hosts' },
      read: async () => (await jobs()).flatMap(jobSamples).slice(0, MOST_SAMPLES),
    },
  ];
}

function jobSamples({ plugin, name, states }: WorkCount): Sample[] {
  return Object.entries(states).map(([state, value]) => ({ labels: { plugin, task: name, state }, value }));
}

function storeMetrics({ work, backlog, quarantineDropped }: HostMetricsParts): readonly Metric[] {
  const of = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ labels: {}, value }]);
  return [
    {
      ...{
        name: 'gatehouse_backlog_seconds',
        type: 'gauge',
        help: 'Age of the oldest job that is due; 0 where none is',
      },
      read: () => {
        const known = backlog();
        return of(known && (known.oldestDueMs ?? 0) / MS);
      },
    },
    {
      ...{
        name: 'gatehouse_backlog_jobs',
        type: 'gauge',
        help: 'Jobs that are due and not begun; of all hosts',
      },
      read: () => of(backlog()?.due),
    },
    {
      ...{ name: 'gatehouse_dead_letters', type: 'gauge', help: 'Dead letters in the store; of all hosts' },
      read: () => of(backlog()?.dead),
    },
    {
      ...{ name: 'gatehouse_receipts_stored_total', type: 'counter', help: 'Requests that this host stored' },
      read: () => of(work.receipts),
    },
    {
      ...{
        name: 'gatehouse_store_commit_seconds',
        type: 'histogram',
        help: 'Commits of the store, each a batch',
      },
      read: () => {
        const { bounds, within, sum } = work.commits;
        return [{ labels: {}, bounds, within, sum }];
      },
    },
    {
      ...{ name: 'gatehouse_quarantine_dropped_total', type: 'counter' },
      help: 'Refused requests that were not kept: too many came at once',
      read: async () => of(await quarantineDropped()),
    },
  ];
}

function pluginMetrics({ registry, version, deprecations }: HostMetricsParts): readonly Metric[] {
  return [
    {
      ...{ name: 'gatehouse_plugins', type: 'gauge', help: 'Plugins, by state' },
      read: () =>
        summed(
          registry.list().map(({ state }) => ({ state, count: 1 })),
          ({ state }) => ({ state }),
        ),
    },
    {
      ...{ name: 'gatehouse_generation', type: 'gauge', help: 'Generation of a plugin that serves' },
      read: () => registry.list().flatMap(generationOf).slice(0, MOST_SAMPLES),
    },
    {
      ...{ name: 'gatehouse_deprecated_uses_total', type: 'counter', help: 'Uses of what is deprecated' },
      read: () => summed(deprecations(), ({ id, plugin }) => ({ id, plugin })),
    },
    {
      ...{ name: 'gatehouse_build_info', type: 'gauge', help: 'Always 1; its labels tell what runs' },
      read: () => [{ labels: { version, node: process.version }, value: 1 }],
    },
  ];
}

function generationOf({ key, generation }: { key: string | undefined; generation: number }): Sample[] {
  return key === undefined ? [] : [{ labels: { plugin: key }, value: generation }];
}

/** One sample for each set of labels; what there are too many of is `other`. */
function summed<Entry extends { readonly count: number }>(
  entries: readonly Entry[],
  labelsOf: (entry: Entry) => Record<string, string>,
): Sample[] {
  const sums = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const entry of entries) {
    let labels = labelsOf(entry);
    let slot = JSON.stringify(labels);
    if (!sums.has(slot) && sums.size >= MOST_SAMPLES) {
      labels = Object.fromEntries(Object.keys(labels).map((name) => [name, 'other']));
      slot = JSON.stringify(labels);
    }
    const sum = sums.get(slot) ?? { labels, value: 0 };
    sum.value += entry.count;
    sums.set(slot, sum);
  }
  return [...sums.values()];
}
