import type { PluginStatus } from '../../../../src/core/ports/plugin-registry';
import type { SampledSender } from '../../../../src/core/ports/samples';

/** An endpoint that an event can be sent to. */
export interface SendTarget {
  /** Path on the host, as declared. */
  readonly to: string;
  readonly plugin: string;
  /** As `POST /path`. */
  readonly name: string;
  /** Who may ask there, in words. */
  readonly access: string;
}

const METHODS = ['POST', 'PUT', 'PATCH', 'ALL'];

/** Endpoints that take a body; those that verify a signature first. */
export function sendTargets(plugins: readonly PluginStatus[]): readonly SendTarget[] {
  const all = plugins.flatMap(({ key, endpoints }) =>
    endpoints
      .filter(({ method, path }) => METHODS.includes(method) && path !== '')
      .map(({ method, path, url, access }) => ({
        to: pathOf(url),
        plugin: key ?? '',
        name: `${method} ${path}`,
        access,
      })),
  );
  const seen = new Set<string>();
  const unique = all.filter(({ to }) => !seen.has(to) && seen.add(to));
  return unique.sort((one, other) => weight(one) - weight(other));
}

function weight({ access }: SendTarget): number {
  return access.includes('signature') ? 0 : 1;
}

/** The sender whose signature the endpoint asks for, if it names one. */
export function senderOf(
  target: SendTarget | undefined,
  samples: readonly SampledSender[],
): string | undefined {
  const words = new Set(target?.access.split(/[\s,()]+/) ?? []);
  return samples.find(({ sender }) => words.has(sender))?.sender;
}

/** Addresses are absolute where the host knows its public one. */
function pathOf(url: string): string {
  return url.startsWith('/') ? url : new URL(url).pathname;
}
