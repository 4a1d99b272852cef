import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import type { HostName, HostReport } from '../core/ports/hosts';
import type { HostTransition, Transition } from '../core/ports/plugin-registry';
import type { PlacedPlugin } from './placed-plugin';

/** What a host says of itself: everything but which host it is. */
export type Saying = Omit<HostTransition, 'node' | 'url'>;

/** Of failures that travel between hosts: they are written again with each beat for a while. */
const LONGEST_TEXT = 8_192;

/** How a plugin is now. @throws plugin/unidentified for one whose key is not known */
export function toTransition({ key, place, state, live, failure }: PlacedPlugin): Transition {
  if (key === undefined) throw new HostError('plugin/unidentified', [place, failure?.message ?? '']);
  return {
    key,
    ok: failure === undefined,
    state,
    generation: live?.generation ?? 0,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** What came of it on this host, to be told to the others. */
export function toSaying(transition: Transition | undefined): Saying {
  if (transition === undefined) return { outcome: 'absent', generation: 0 };
  const { ok, generation, failure } = transition;
  if (ok || failure === undefined) return { outcome: ok ? 'done' : 'failed', generation };
  const message = failure.message.slice(0, LONGEST_TEXT);
  const stack = failure.stack.slice(0, LONGEST_TEXT);
  return { outcome: 'failed', generation, failure: { ...failure, message, stack } };
}

/**
 * What came of one change on all hosts: with no other host it is what came of it here. Undefined where each of them is
 * heard, and none has the plugin.
 */
export function acrossHosts(
  key: PluginKey,
  { self, enabled }: { readonly self: HostName; readonly enabled: boolean },
  own: Transition | undefined,
  reports: readonly HostReport[],
): Transition | undefined {
  if (own !== undefined && reports.length === 0) return own;
  const hosts = [{ ...self, ...toSaying(own) }, ...reports.map(toHostTransition)];
  if (hosts.every(({ outcome }) => outcome === 'absent')) return undefined;
  const shown = hosts.find(({ outcome }) => outcome === 'done' || outcome === 'failed');
  const failure = own?.failure ?? hosts.find((host) => host.failure !== undefined)?.failure;
  return {
    key,
    ok: hosts.every(({ outcome }) => outcome === 'done' || outcome === 'absent'),
    state: own?.state ?? stateOf(enabled, shown),
    generation: own?.generation ?? shown?.generation ?? 0,
    ...(failure === undefined ? {} : { failure }),
    hosts,
  };
}

function toHostTransition({ node, url, text }: HostReport): HostTransition {
  if (text === undefined) return { node, url, outcome: 'silent', generation: 0 };
  return { node, url, ...(JSON.parse(text) as Saying) };
}

/** Of a plugin that this host does not have. */
function stateOf(enabled: boolean, shown: HostTransition | undefined): Transition['state'] {
  if (!enabled) return 'disabled';
  if (shown === undefined) return 'loading';
  return shown.generation > 0 ? 'live' : 'failed';
}
