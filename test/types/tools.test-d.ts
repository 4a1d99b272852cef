// What must and must not compile of tools and calls of them; read by the type check, never run.
import { z } from 'zod';
import type { Extensions } from '../../src/core/tool-call';
import { Tool } from '../../src/plugins/decorators';
import { PluginBase } from '../../src/plugins/plugin';

declare module '../../src/core/known-tools' {
  interface KnownTools {
    'acme.typed': {
      last_build: { input: { branch: string; count?: number }; output: { ok: boolean } };
      status: { input: { verbose?: boolean }; output: string };
    };
  }
}

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const plugin = new PluginBase(info);
const input = z.object({ branch: z.string(), count: z.coerce.number().default(1) });
plugin
  .tool({ name: 'last_build', description: 'd', input }, ({ branch, count }) => branch.repeat(count))
  .tool({ name: 'any' }, (given, { caller, signal }) => [given, caller.id, signal.aborted])
  // @ts-expect-error the schema makes no such member
  .tool({ name: 'wrong', input }, ({ branches }) => branches)
  // @ts-expect-error it has a name
  .tool({ description: 'd' }, () => 1);

export class Ci {
  @Tool({ name: 'last_build', input })
  last(given: { branch: string }) {
    return given.branch;
  }
}

export async function calls(extensions: Extensions): Promise<void> {
  const build = await extensions.call('acme.typed', 'last_build', { branch: 'main' });
  const ok: boolean = build.ok;
  const text: string = await extensions.call('acme.typed', 'status');
  const options = { timeoutMs: 5 };
  const same: string = await extensions.call('acme.typed', 'status', { verbose: true }, options);
  // @ts-expect-error its input is needed
  await extensions.call('acme.typed', 'last_build');
  // @ts-expect-error a branch is a text
  await extensions.call('acme.typed', 'last_build', { branch: 1 });
  // @ts-expect-error the plugin has no such tool
  await extensions.call('acme.typed', 'lost_build', {});
  // @ts-expect-error it gives no text
  const wrong: string = await extensions.call('acme.typed', 'last_build', { branch: 'main' });
  const unknown: unknown = await extensions.call('acme.other', 'anything', { any: 1 });
  const told = await extensions.call<{ id: number }>('acme.other', 'anything');
  const id: number = told.id;
  void [ok, text, same, wrong, unknown, id];
}
