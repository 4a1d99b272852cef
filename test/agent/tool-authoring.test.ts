import { z } from 'zod';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { GatePlugin, Tool } from '../../src/plugins/decorators';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { keptServices } from '../plugins/services';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const toolsOf = (plugin: PluginBase) => {
  plugin[PLUGIN].bind(keptServices());
  return plugin[PLUGIN].translate().filter((declaration) => declaration.kind === 'tool');
};

test('plugin.tool declares a tool, its input as JSON Schema', () => {
  const plugin = new PluginBase(info).tool(
    { name: 'last_build', description: 'd', input: z.object({ branch: z.string() }), timeoutMs: 5 },
    ({ branch }) => branch.length,
  );
  expect(toolsOf(plugin)).toMatchObject([
    {
      origin: { where: 'tool("last_build")' },
      name: 'last_build',
      inputSchema: { type: 'object', properties: { branch: { type: 'string' } }, required: ['branch'] },
      timeoutMs: 5,
    },
  ]);
});

test('a union of objects is an object to those who ask for its type', () => {
  const input = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
  const [tool] = toolsOf(new PluginBase(info).tool({ name: 'either', input }, () => 1));
  expect(tool?.inputSchema).toMatchObject({ type: 'object', anyOf: [{}, {}] });
});

test('@Tool makes a method a tool', async () => {
  @GatePlugin(info)
  class Ci {
    readonly prefix = 'built ';
    @Tool({ name: 'last_build', description: 'd', input: z.object({ branch: z.string() }) })
    last({ branch }: { branch: string }) {
      return this.prefix + branch;
    }
  }
  const recognised = nativeDialect.recognise({ folder: '/x', manifest: {}, module: { Ci } });
  recognised?.bind(keptServices());
  const [tool] = [...(recognised?.translate() ?? [])].filter(({ kind }) => kind === 'tool');
  expect(tool).toMatchObject({ name: 'last_build', description: 'd', timeoutMs: 60_000 });
  expect(await (tool as any).call({ branch: 'main' }, {})).toBe('built main');
});

test.each([
  [{ name: 'last build' }, 'letters, digits'],
  [{}, '"name" is missing'],
  [{ name: 'a', input: z.string() }, 'the schema of an object'],
  [{ name: 'a', input: {} }, 'must be a Standard Schema'],
  [{ name: 'a', timeoutMs: 0 }, 'whole number above 0'],
  [{ name: 'a', inputs: z.object({}) }, 'inputs'],
])('a tool %j is refused: %s', (options, why) => {
  expect(() => new PluginBase(info).tool(options as never, () => 1)).toThrow(why);
});

test('a tool without its code is refused', () => {
  expect(() => new PluginBase(info).tool({ name: 'a' }, undefined as never)).toThrow(
    'it is the last argument',
  );
});
