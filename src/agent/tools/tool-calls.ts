import type { Logger } from 'winston';
import { callFor } from '../../core/actor';
import type { Clock } from '../../core/clock';
import type { Tool } from '../../core/declaration';
import { HostError, isHostError, toError } from '../../core/errors';
import { isHttpError } from '../../core/http-error';
import type { LiveMount } from '../../core/live-mount';
import type { MountTable } from '../../core/mount-table';
import type { PluginState } from '../../core/ports/plugin-registry';
import type { ToolCall, ToolCaller, ToolCalls } from '../../core/tool-call';
import { callsOf } from './extensions';
import { OpenCall } from './open-call';
import { toolEntries } from './tool-entries';
import { checkedInput, noJson, plainJson } from './tool-input';

export interface ToolCallsParts {
  readonly table: MountTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of a plugin that serves nothing; undefined where no plugin has the key. */
  readonly stateOf: (key: string) => PluginState | undefined;
}

/** Tools that call tools that call tools: more is a circle. */
const MOST_DEEP = 8;
/** Of one caller, open at once: bounds circles that cannot be seen, because the calls do not say what they belong to. */
const MOST_OPEN = 1_000;

/** The tools of every plugin in the table, called under a lease of their generation. */
export function createToolCalls({ table, clock, logger, stateOf }: ToolCallsParts): ToolCalls {
  const open = new Map<string, number>();
  const find = (key: string, name: string): { readonly live: LiveMount; readonly tool: Tool } => {
    const live = table.get(key)?.live;
    if (live === undefined) {
      const state = stateOf(key);
      if (state === undefined) throw new HostError('tools/unknown', [key, name]);
      throw new HostError('tools/not-served', [key, name, state === 'live' ? 'being loaded' : state]);
    }
    const tool = live.mount.tools.find((each) => each.name === name);
    if (tool === undefined) throw new HostError('tools/unknown', [key, name]);
    return { live, tool };
  };
  const counted = async <T>(caller: ToolCaller, work: () => Promise<T>): Promise<T> => {
    const id = `${caller.kind} ${caller.id}`;
    const count = open.get(id) ?? 0;
    if (count >= MOST_OPEN) throw new HostError('tools/too-many', [id, MOST_OPEN]);
    open.set(id, count + 1);
    try {
      return await work();
    } finally {
      const left = (open.get(id) ?? 1) - 1;
      if (left === 0) open.delete(id);
      else open.set(id, left);
    }
  };
  const calls: ToolCalls = {
    list: () => toolEntries(table),
    call: async (call) => {
      const { key, name, caller, depth = 0 } = call;
      if (depth >= MOST_DEEP) throw new HostError('tools/too-deep', [key, name, MOST_DEEP]);
      const { live, tool } = find(key, name);
      const startedAt = clock.now();
      const log = (outcome: string) =>
        logger.debug('a tool was called', {
          ...{ plugin: key, tool: name, caller: `${caller.kind} ${caller.id}`, cause: call.cause, outcome },
          ms: clock.now() - startedAt,
        });
      try {
        const given = await counted(caller, () => runTool(calls, live, tool, call));
        log('ok');
        return given;
      } catch (thrown) {
        log('failed');
        throw thrown;
      }
    },
  };
  return calls;
}

async function runTool(calls: ToolCalls, live: LiveMount, tool: Tool, call: ToolCall): Promise<unknown> {
  const { key, name, caller, cause, depth = 0 } = call;
  const input = inputOf(call);
  const timeoutMs = Math.min(call.timeoutMs ?? tool.timeoutMs, tool.timeoutMs);
  const open = new OpenCall(live, tool, timeoutMs, call.signal);
  const { signal } = open;
  const extensions = callsOf(calls, live.mount.key, { depth: depth + 1, cause, signal });
  const context = Object.freeze({ caller, signal, log: live.logger, cause, extensions });
  return open.run(async () => {
    const checked = await callFor(live.actor, checkedInput, key, tool, input);
    // Its schema may have taken all the time there was.
    if (signal.aborted) throw toError(signal.reason);
    const given = await told(live, tool, async () => tool.call(checked, context));
    try {
      return callFor(live.actor, plainJson, given);
    } catch (error) {
      throw new HostError('tools/unserializable', [key, name], { cause: error });
    }
  });
}

/** What nobody meant is told to the plugin's author; callers are told by whoever called. */
async function told(live: LiveMount, { name }: Tool, work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await callFor(live.actor, work);
  } catch (thrown) {
    if (isHostError(thrown) || (isHttpError(thrown) && thrown.status < 500)) throw thrown;
    const { message, stack = '' } = toError(thrown);
    live.logger.error(`the tool "${name}" failed: ${message}`, { tool: name, stack: live.mapStack(stack) });
    throw thrown;
  }
}

/** Copied: what a plugin passes on and then changes, another does not see change. */
function inputOf({ key, name, input = {} }: ToolCall): unknown {
  try {
    return plainJson(input);
  } catch {
    throw noJson(key, name);
  }
}
