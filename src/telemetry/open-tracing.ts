import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import type { Logger } from 'winston';
import { HostError, toError } from '../core/errors';
import type { Tracing } from '../core/ports/tracing';
import type { Environment } from '../core/settings-variables';
import { GivenIds } from './given-ids';
import { HostTracing } from './host-tracing';
import { PatientExporter } from './patient-exporter';
import { Spans } from './spans';

export interface TracingOptions {
  readonly env: Environment;
  /** Of the host. */
  readonly version: string;
  readonly logger: Logger;
  /** Loads a package; default: as the host's own are loaded. */
  readonly load?: (name: string) => unknown;
  /** What is over is sent at the latest after this long; default: `OTEL_BSP_SCHEDULE_DELAY`, or five seconds. */
  readonly delayMs?: number;
}

interface Packages {
  readonly api: typeof import('@opentelemetry/api');
  readonly sdk: typeof import('@opentelemetry/sdk-trace-node');
  readonly otlp: typeof import('@opentelemetry/exporter-trace-otlp-http');
  readonly resources: typeof import('@opentelemetry/resources');
}

/**
 * Traces by OpenTelemetry where its variables say where to; undefined otherwise, and none of its packages is loaded then.
 * What else `OTEL_*` says its SDK reads from the process.
 * @throws host/no-telemetry
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function openTracing(options: TracingOptions): Tracing | undefined {
  const url = collectorOf(options.env);
  if (url === undefined) return undefined;
  const { api, sdk, otlp, resources } = loadPackages(options.load ?? createRequire(__filename));
  // Kept so that what is on its way can be cut; certificates of the environment are for the exporter to read.
  const agent = new (url.startsWith('https:') ? https : http).Agent({ keepAlive: true });
  const hasOwnTls = Object.keys(options.env).some((name) => TLS.test(name));
  const sending = new otlp.OTLPTraceExporter({
    url,
    ...(hasOwnTls ? {} : { httpAgentOptions: () => agent }),
  });
  const exporter = new PatientExporter(sending, options.logger);
  const batching = options.delayMs === undefined ? {} : { scheduledDelayMillis: options.delayMs };
  const ids = new GivenIds();
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
  const own = { 'service.name': 'gatehouse', 'service.version': options.version };
  const provider = new sdk.BasicTracerProvider({
    idGenerator: ids,
    resource: defaultResource()
      .merge(resourceFromAttributes(own))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter, batching)],
  });
  const spans = new Spans(api, provider.getTracer('gatehouse', options.version), ids);
  return new HostTracing(spans, ids, async (mostMs) => {
    await within(provider.shutdown(), mostMs);
    exporter.giveUp();
    cut(agent);
  });
}

const TLS = /^OTEL_EXPORTER_OTLP_(?:TRACES_)?(?:CLIENT_)?(?:CERTIFICATE|KEY)$/;

/** Where traces go; undefined where nobody wants any. @throws host/no-telemetry */
function collectorOf(env: Environment): string | undefined {
  const given = (name: string) => env[name]?.trim() || undefined;
  const general = given('OTEL_EXPORTER_OTLP_ENDPOINT');
  const own = given('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const endpoint = own ?? general;
  if (endpoint === undefined || given('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  if (given('OTEL_TRACES_EXPORTER') === 'none') return undefined;
  const protocol = given('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? given('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol === 'grpc')
    throw new HostError('host/no-telemetry', [
      'the host speaks OTLP by HTTP, and OTEL_EXPORTER_OTLP_PROTOCOL says grpc',
    ]);
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw new HostError('host/no-telemetry', ['the endpoint is no URL']);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new HostError('host/no-telemetry', ['the endpoint is no http or https URL']);
  if (own === undefined) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url.href;
}

/** @throws host/no-telemetry */
function loadPackages(load: (name: string) => unknown): Packages {
  try {
    return {
      api: load('@opentelemetry/api'),
      sdk: load('@opentelemetry/sdk-trace-node'),
      otlp: load('@opentelemetry/exporter-trace-otlp-http'),
      resources: load('@opentelemetry/resources'),
    } as Packages;
  } catch (thrown) {
    const { code, message } = toError(thrown) as NodeJS.ErrnoException;
    const [first = ''] = message.split('\n');
    const why = `${first}${code === 'MODULE_NOT_FOUND' ? `; install ${PACKAGES}` : ''}`;
    throw new HostError('host/no-telemetry', [why], { cause: thrown });
  }
}

const PACKAGES =
  '@opentelemetry/api, @opentelemetry/sdk-trace-node, @opentelemetry/exporter-trace-otlp-http and @opentelemetry/resources';

/** What is on its way ends with an error that is not of the network: after those the exporter would try again. */
function cut(agent: http.Agent): void {
  const sockets = [agent.sockets, agent.freeSockets].flatMap((kept) => Object.values(kept).flat());
  for (const socket of sockets) socket?.destroy(new Error('the host stops'));
  agent.destroy();
}

/** Resolves with the work or when the time is over; never rejects. */
async function within(work: Promise<unknown>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, mostMs)));
  await Promise.race([work.then(() => undefined).catch(() => undefined), over]);
  clearTimeout(timer);
}
