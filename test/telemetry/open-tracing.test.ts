import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { AnsweredRequest, Tracing } from '../../src/core/ports/tracing';
import { contextOfRequest } from '../../src/core/trace-context';
import { openTracing, type TracingOptions } from '../../src/telemetry/open-tracing';
import { until } from '../inbox/engine-under-test';
import { keptLogger } from '../state/secrets-under-test';
import { loaderTo, startCollector } from './collector';

const ANSWERED: AnsweredRequest = {
  ...{ method: 'POST', route: '/api/plugin/a.b/x', path: '/api/plugin/a.b/x', status: 200, durationMs: 1 },
  ...{ ip: '127.0.0.1', plugin: 'a.b', requestId: 'r', receivedAt: 1, traceparent: undefined },
};

const SDK = '@opentelemetry/sdk-trace-node';

/** The SDK as it is with `OTEL_TRACES_SAMPLER=parentbased_traceidratio`, which it reads from the process. */
function halfOf(sdk: any): unknown {
  const sampler = new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(0.5) });
  class Half extends sdk.BasicTracerProvider {
    constructor(config: object) {
      super({ ...config, sampler });
    }
  }
  return { ...sdk, BasicTracerProvider: Half };
}

const open: Tracing[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((tracing) => tracing.close(100)));
});

function opened(env: TracingOptions['env'], more: Partial<TracingOptions> = {}) {
  const loaded: string[] = [];
  const { logger, lines } = keptLogger();
  const load = loaderTo(loaded);
  const tracing = openTracing({ env, logger, version: '1', load, delayMs: 10, ...more });
  if (tracing !== undefined) open.push(tracing);
  return { tracing, loaded, lines };
}

test.each([
  ['nothing says where to', {}],
  ['the variable is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  ['the SDK is switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }],
  ['traces are not wanted', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }],
])('no package is loaded where %s', (_what, env) => {
  const { tracing, loaded } = opened(env);
  expect(tracing).toBeUndefined();
  expect(loaded).toEqual([]);
});

test.each([
  ['not-a-url', {}, /the endpoint is no URL/],
  ['ftp://collector/', {}, /no http or https URL/],
  ['http://collector:4317', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /says grpc/],
])('%s with %j is a start-up error', (endpoint, more, said) => {
  const start = () => opened({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...more });
  expect(start).toThrow(expect.objectContaining({ code: 'host/no-telemetry' }));
  expect(start).toThrow(said);
});

test('packages that are not installed are named, and what to do', () => {
  const load = (name: string) => {
    throw Object.assign(new Error(`Cannot find module '${name}'\nRequire stack:\n- /somewhere`), {
      code: 'MODULE_NOT_FOUND',
    });
  };
  const start = () => opened({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }, { load });
  expect(start).toThrow(expect.objectContaining({ code: 'host/no-telemetry' }));
  expect(start).toThrow(/Cannot find module '@opentelemetry\/api'; install .*sdk-trace-node/);
  expect(start).not.toThrow(/somewhere/);
});

test('an endpoint for traces alone is taken as it is, another one gets the path of traces', async () => {
  const collector = await startCollector();
  const own = opened({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/own`,
  });
  own.tracing?.answered(ANSWERED);
  await own.tracing?.close(5_000);
  const general = opened({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/below/` });
  general.tracing?.answered(ANSWERED);
  await general.tracing?.close(5_000);
  expect(collector.received.map(({ path }) => path)).toEqual(['/own', '/below/v1/traces']);
  await collector.close();
});

test('where only some traces are kept, a request and the work it causes are kept together', async () => {
  const collector = await startCollector();
  const load = (name: string) => (name === SDK ? halfOf(loaderTo()(name)) : loaderTo()(name));
  const { tracing } = opened({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, { load });
  const traces = Array.from({ length: 40 }, (_, index) => {
    const request = { ...ANSWERED, requestId: `r${index}` };
    tracing?.answered(request);
    const { context } = contextOfRequest({ ...request, receivedAt: 1 });
    const work = tracing?.begun({
      plugin: 'a.b',
      name: 't',
      jobId: `1-${index}`,
      attempt: 1,
      parent: context,
    });
    work?.ended({ outcome: 'succeeded', isPartial: false, thrown: undefined });
    return { traceId: context.traceId, isSampled: work?.context.isSampled };
  });
  await tracing?.close(5_000);
  const kept = traces.filter(({ isSampled }) => isSampled).map(({ traceId }) => traceId);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(40);
  const sent = collector.spans().map(({ traceId }) => traceId);
  expect(sent.sort()).toEqual([...kept, ...kept].sort());
  await collector.close();
});

test('a collector that refuses is warned of once, however much is lost', async () => {
  const collector = await startCollector();
  collector.answer(...Array.from({ length: 50 }, () => ({ status: 400, body: 'a secret of the collector' })));
  const { tracing, lines } = opened({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  tracing?.answered(ANSWERED);
  await until('the first was refused', () => lines.length > 0);
  tracing?.answered(ANSWERED);
  await until('the second was sent', () => collector.received.length === 2);
  await tracing?.close(1_000);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('1 spans could not be sent to the collector of traces: it answers 400');
  expect(lines[0]).not.toContain('a secret');
  await collector.close();
});

test('a collector that never answers holds up neither what is told nor the end', async () => {
  const sockets: { destroy(): void }[] = [];
  const silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { tracing } = opened({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
  });
  for (let count = 0; count < 5_000; count += 1) tracing?.answered(ANSWERED);
  await until('it is asked', () => sockets.length > 0);
  await tracing?.close(50);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});
