import { HostError } from '../core/errors';
import { parsePluginKey } from '../core/plugin-key';
import type { ToolCalls, ToolEntry } from '../core/tool-call';

/** What operators do with the tools of plugins. */
export interface ToolsDesk {
  /** Of plugins that serve, by key, then as declared. */
  list(): Promise<readonly ToolEntry[]>;
  /** Resolves with what the tool gives; `user`: in whose name. @throws as `ToolCalls.call`, and what the tool throws */
  call(key: string, name: string, input?: unknown, signal?: AbortSignal, user?: string): Promise<unknown>;
}

/** The tools of this very process's host. */
export function createToolsDesk(tools: ToolCalls): ToolsDesk {
  return {
    list: async () => tools.list(),
    call: async (text, name, input, signal, user) => {
      const key = parsePluginKey(text);
      if (key === undefined) throw new HostError('tools/unknown', [text, name]);
      return tools.call({ key, name, input, signal, caller: { kind: 'operator', id: 'operator', user } });
    },
  };
}
