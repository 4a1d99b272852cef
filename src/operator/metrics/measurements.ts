import type { Clock } from '../../core/clock';
import type { InboxDesk } from '../../core/ports/inbox-desk';
import type { Measurements, Traffic } from '../../core/ports/measurements';
import type { QuarantineDesk } from '../../core/ports/quarantine-desk';
import type { Backlog } from '../../core/ports/work-observer';
import { BacklogSeries } from './backlog-series';
import { wholeCounts } from '../whole-counts';
import { createExposition } from './exposition';
import { hostMetrics, type HostMetricsParts } from './host-metrics';
import { Sampled } from './sampled';

interface MeasurementsParts extends Pick<
  HostMetricsParts,
  'version' | 'traffic' | 'work' | 'registry' | 'refusals' | 'brokenResponses' | 'deprecations'
> {
  readonly traffic: Traffic;
  /** Reads what waits. */
  readonly backlog: () => Promise<Backlog>;
  readonly inbox: Pick<InboxDesk, 'counts'>;
  readonly quarantine: Pick<QuarantineDesk, 'counts'>;
  readonly clock: Clock;
}

/** The host's measurements, and what samples the store for them. */
export interface HostMeasurements extends Measurements {
  /** What waits, read anew. Undefined while it cannot be read; never rejects. */
  look(): Promise<Backlog | undefined>;
  /** Reads what waits now and then, from now on; answers how to stop. */
  start(): () => void;
}

const LOOK_MS = 10_000;
/** Between two counts of the jobs by state: they take longest. */
const COUNT_MS = 15_000;

export function createMeasurements(parts: MeasurementsParts): HostMeasurements {
  const { traffic, clock, inbox, quarantine } = parts;
  const series = new BacklogSeries();
  let latest: Backlog | undefined;
  const look = async () => {
    latest = await parts.backlog().catch(() => undefined);
    if (latest !== undefined) series.add(clock.now(), latest.due);
    return latest;
  };
  const jobs = new Sampled(() => wholeCounts(inbox), COUNT_MS);
  const dropped = new Sampled(async () => (await quarantine.counts({})).dropped, COUNT_MS);
  const tell = createExposition(
    hostMetrics({
      ...parts,
      backlog: () => latest,
      jobs: async () => (await jobs.value()) ?? [],
      quarantineDropped: () => dropped.value(),
    }),
  );
  return {
    endpoints: (lastMs) => traffic.endpoints(lastMs),
    series: (query) => {
      const requests = traffic.series(query);
      return { ...requests, backlog: series.at(requests.times, requests.stepMs) };
    },
    exposition: async () => {
      if (latest === undefined) await look();
      return tell();
    },
    look,
    start: () => {
      void look();
      const timer = setInterval(() => void look(), LOOK_MS).unref();
      return () => clearInterval(timer);
    },
  };
}
