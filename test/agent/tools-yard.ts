import type { Declaration } from '../../src/core/declaration';
import type { LiveMount } from '../../src/core/live-mount';
import { MountTable } from '../../src/core/mount-table';
import type { PluginState } from '../../src/core/ports/plugin-registry';
import type { ToolCalls } from '../../src/core/tool-call';
import { createToolCalls } from '../../src/agent/tools/tool-calls';
import { toolDeclaration, type CallTool, type ToolOptions } from '../../src/plugins/tool';
import { keyOf, liveOf, mountOf, type LoggedLine } from '../core/plain-mount';
import { keptLogger } from '../state/secrets-under-test';

/** A tool that takes anything. */
export const toolOf = (name: string, call: CallTool, options: Partial<ToolOptions> = {}) =>
  toolDeclaration(keyOf('acme.any'), `tool(${name})`, { name, ...options }, call);

/** The tools of plugins that are put in their seats by hand. */
export class ToolsYard {
  readonly table = new MountTable();
  readonly states = new Map<string, PluginState>();
  readonly calls: ToolCalls = createToolCalls({
    table: this.table,
    clock: { now: () => Date.now() },
    logger: keptLogger().logger,
    stateOf: (key) => this.states.get(key),
  });
  #generation = 0;

  seat(key: string, ...declarations: Declaration[]): { live: LiveMount; lines: LoggedLine[] } {
    const made = liveOf(mountOf(key, declarations), (this.#generation += 1));
    this.table.swap(keyOf(key), made.live);
    return made;
  }
  call(key: string, name: string, input?: unknown, more: object = {}): Promise<unknown> {
    return this.calls.call({
      key: keyOf(key),
      name,
      input,
      caller: { kind: 'operator', id: 'test' },
      ...more,
    });
  }
}
