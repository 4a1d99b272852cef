import { collectDefaultMetrics, Registry } from 'prom-client';
import { toRegistered, type Metric } from './metric';

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const EXPOSITION_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** Of this process, whatever hosts it has: memory, CPU, event loop, garbage collection. Made when first asked for. */
let ofProcess: Registry | undefined;

/** Answers how to tell all of it in the text format of Prometheus 0.0.4. */
export function createExposition(metrics: readonly Metric[]): () => Promise<string> {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(toRegistered(metric));
  return async () => {
    if (ofProcess === undefined) {
      ofProcess = new Registry();
      collectDefaultMetrics({ register: ofProcess });
    }
    const parts = await Promise.all([registry.metrics(), ofProcess.metrics()]);
    return parts.join('\n');
  };
}
