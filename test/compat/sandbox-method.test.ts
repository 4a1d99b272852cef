import { z } from 'zod';
import { createDeprecations } from '../../src/compat/deprecations';
import { buildMount } from '../../src/core/mount';
import { PlainPlugin, plainServices } from './plain-plugin';

const toolsOf = (plugin: PlainPlugin) =>
  plugin.declarations.filter((declaration) => declaration.kind === 'tool');

test('mountSandboxMethod declares a tool, by its name and description or by options', async () => {
  const plugin = new PlainPlugin();
  plugin
    .mountSandboxMethod('tool', 'subscribe', 'Subscribes a chat.', (context, { repo }: { repo: string }) => [
      context.caller.id,
      repo,
    ])
    .mount_sandbox_method(
      'behavior',
      { name: 'list', description: 'd', input: z.object({ repo: z.string() }) },
      () => 'listed',
    );
  const [subscribe, list] = toolsOf(plugin);
  expect([subscribe, list]).toMatchObject([
    {
      name: 'subscribe',
      description: 'Subscribes a chat.',
      origin: { where: 'mountSandboxMethod', deprecated: 'mountSandboxMethod' },
    },
    { name: 'list', inputSchema: { required: ['repo'] } },
  ]);
  const context = { caller: { kind: 'agent', id: 'run-1' } };
  expect(await subscribe?.call({ repo: 'a/b' }, context as never)).toEqual(['run-1', 'a/b']);
});

test.each<[string, unknown[]]>([
  ['the type is one of', ['tools', 'a', 'd', () => 1]],
  ['the function that does the work', ['tool', 'a', 'd']],
  ['letters, digits', ['AGENT', 'a b', 'd', () => 1]],
])('what is wrong is refused: %s', (why, given) => {
  const plugin = new PlainPlugin();
  expect(() => (plugin as any).mountSandboxMethod(...given)).toThrow(why);
});

test('mountCollectMethods says what to use', () => {
  expect(() => new PlainPlugin().mountCollectMethods()).toThrow(/plugin.tool, and `tools` of an agent run/);
});

test('a plugin that still does is told of what replaces it', () => {
  const warnings: string[] = [];
  const logger = { warn: (line: string) => warnings.push(line) };
  const plugin = new PlainPlugin().mountSandboxMethod('tool', 'subscribe', 'd', () => 1);
  const { info } = plainServices();
  createDeprecations({ mode: 'warn', logger: logger as never, clock: { now: () => 0 } }).registered(
    buildMount(plugin.key, info, plugin.declarations),
  );
  expect(warnings).toEqual([expect.stringContaining('mountSandboxMethod is deprecated; use plugin.tool(')]);
});
