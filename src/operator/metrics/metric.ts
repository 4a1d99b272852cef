import type { Metric as RegisteredMetric } from 'prom-client';

type Labels = Readonly<Record<string, string>>;
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}
/** A histogram of one set of labels: counts up to each bound and of all. */
interface HistogramSample {
  readonly labels: Labels;
  readonly bounds: readonly number[];
  readonly within: readonly number[];
  readonly sum: number;
}

/** Something that is measured elsewhere, told whenever somebody asks. */
export type Metric =
  | {
      readonly name: string;
      readonly type: 'counter' | 'gauge';
      readonly help: string;
      read(): readonly Sample[] | Promise<readonly Sample[]>;
    }
  | {
      readonly name: string;
      readonly type: 'histogram';
      readonly help: string;
      read(): readonly HistogramSample[];
    };

interface Line extends Sample {
  readonly metricName?: string;
}

/** As a registry of prom-client asks for it: values are made when they are read, and kept nowhere twice. */
export function toRegistered(metric: Metric): RegisteredMetric {
  const { name, type, help } = metric;
  const get = async () => {
    const values = metric.type === 'histogram' ? linesOf(name, metric.read()) : await metric.read();
    return { name, help, type, values, aggregator: 'sum' };
  };
  // Of a metric the registry uses its name and `get`.
  return { name, get } as unknown as RegisteredMetric;
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries */
function linesOf(name: string, samples: readonly HistogramSample[]): Line[] {
  return samples.flatMap(({ labels, bounds, within, sum }) => {
    const count = within.at(-1) ?? 0;
    const buckets = [...bounds.map(String), '+Inf'].map((le, index) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le },
      value: within[index] ?? count,
    }));
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  });
}
