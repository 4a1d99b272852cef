import { parsePluginKey, type PluginKey } from '../../core/plugin-key';
import { HostError } from '../../core/errors';
import type { CallOptions } from '../../core/known-tools';
import type { Extensions, ToolCall, ToolCalls } from '../../core/tool-call';

/** What a call of a tool is made in the course of. */
type Course = Pick<ToolCall, 'depth' | 'cause' | 'signal'>;

/** Tools of other plugins, and its own, for one plugin. What it calls knows it by its key. */
export function extensionsOf(calls: Pick<ToolCalls, 'call'>, plugin: PluginKey): Extensions {
  return callsOf(calls, plugin, {});
}

/** The same in the course of another call: it ends with that one, and is one deeper. */
export function callsOf(calls: Pick<ToolCalls, 'call'>, plugin: PluginKey, course: Course): Extensions {
  const call = async (key: string, name: string, input?: unknown, options: CallOptions = {}) => {
    const known = parsePluginKey(String(key));
    if (known === undefined) throw new HostError('tools/unknown', [String(key), String(name)]);
    const signals = [options.signal, course.signal].filter((signal) => signal !== undefined);
    return calls.call({
      ...{ key: known, name, input, timeoutMs: options.timeoutMs },
      caller: { kind: 'plugin', id: plugin },
      ...{ depth: course.depth, cause: course.cause },
      signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
    });
  };
  // What comes out is as the other plugin made it: the type is what its author says of it.
  return Object.freeze({ call: call as Extensions['call'] });
}
