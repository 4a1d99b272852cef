import Module from 'node:module';
import { receivingServer, type ReceivingServer } from '../agent/channels/receiving-server';

export interface TakenSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly events: readonly { readonly name: string }[];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

/** A local collector that takes traces as OTLP has them: JSON over HTTP. */
export interface Collector extends ReceivingServer {
  spans(): TakenSpan[];
  /** The attributes of what sent them. */
  resource(): Readonly<Record<string, unknown>>;
}

export async function startCollector(): Promise<Collector> {
  const server = await receivingServer();
  const groups = () => server.received.flatMap(({ text }) => JSON.parse(text).resourceSpans as any[]);
  return {
    ...server,
    spans: () =>
      groups()
        .flatMap(({ scopeSpans }) => scopeSpans as any[])
        .flatMap(({ spans }) => spans as any[])
        .map((span) => ({
          ...{ parentSpanId: '', ...span },
          attributes: plain(span.attributes),
        })),
    resource: () => plain(groups()[0]?.resource.attributes ?? []),
  };
}

function plain(attributes: any[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/**
 * Loads a package in the main realm: the exporter imports while it runs, which code in a realm of jest's cannot. Tells of each
 * that was loaded.
 */
export function loaderTo(loaded: string[] = []): (name: string) => unknown {
  const { _load: load } = Module as unknown as { _load(file: string): unknown };
  return (name) => {
    loaded.push(name);
    return load(require.resolve(name));
  };
}
