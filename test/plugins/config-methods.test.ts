import { inspect } from 'node:util';
import { createConfigReader } from '../../src/plugins/config-reader';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { loadFiles } from './authoring';
import { keptServices } from './services';

const reader = (values: Readonly<Record<string, unknown>>) =>
  createConfigReader(
    'acme.ci' as never,
    () => values,
    () => undefined,
  );
const missing = (name: string, variable: string) =>
  expect.objectContaining({
    ...{ code: 'plugin/config-missing', status: 503 },
    message: expect.stringMatching(new RegExp(`${name}.*${variable}`)),
  });

test('get answers what reading by name does', () => {
  const config = reader({ channel: 'console-a', limit: 0 });
  expect([config.get('channel'), config.get('limit'), config.get('other')]).toEqual([
    'console-a',
    0,
    undefined,
  ]);
});

test('get finds what no schema spells by the name of its variable', () => {
  const config = reader({ WEBHOOK_SECRET: 'x' });
  expect([config.get('webhook_secret'), config.get('webhookSecret')]).toEqual(['x', 'x']);
});

test('require raises an error that names the variable to set', () => {
  const config = reader({ limit: 0, loud: false, blank: ' ', none: null });
  expect([config.require('limit'), config.require('loud')]).toEqual([0, false]);
  expect(() => config.require('webhook_secret')).toThrow(
    missing('webhook_secret', 'GATEHOUSE_CONFIG_ACME_CI_WEBHOOK_SECRET'),
  );
  // A blank secret would verify what anybody sends.
  for (const name of ['blank', 'none'])
    expect(() => config.require(name)).toThrow(missing(name, name.toUpperCase()));
});

test('fields that are called get and require are read as any others', () => {
  const config = reader({ get: 'a', require: 'b' });
  expect([config.get, config.require]).toEqual(['a', 'b']);
  expect({ ...config }).toEqual({ get: 'a', require: 'b' });
  expect(reader({ require: 'b' }).get('require')).toBe('b');
});

test('the methods are no values: they are neither listed nor printed', () => {
  const config = reader({ a: 1 });
  expect([Object.keys(config), 'get' in config, JSON.stringify(config)]).toEqual([['a'], false, '{"a":1}']);
  expect(inspect(config)).toBe('{ a: 1 }');
});

test('names of what every object has are no values', () => {
  const config = reader({});
  expect([config.get('__proto__'), config.get('toString')]).toEqual([undefined, undefined]);
});

const INFO = `{ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'x' }`;
async function recognise(source: string) {
  const { exports } = await loadFiles({ 'index.ts': source });
  const recognised = nativeDialect.recognise({ folder: '/x', manifest: {}, module: exports });
  if (recognised === undefined) throw new Error('not recognised');
  return recognised;
}
const IMPORTS = `import { Config, ConfigSchema, GatePlugin, Get, OnConfigChanged } from 'gatehouse'; import { z } from 'zod';`;

test('a class declares its configuration, and is injected values that follow it', async () => {
  const recognised = await recognise(`${IMPORTS}
    @GatePlugin(${INFO}) @ConfigSchema(z.object({ CHANNEL: z.string() }))
    export class Ci {
      constructor(private config: Config) {}
      @Get('/') get() { return [this.config.CHANNEL, this.config.get('CHANNEL'), { ...this.config }]; }
      @OnConfigChanged() changed(values: any, before: any) { told.push([before.CHANNEL, values.CHANNEL, this.config.CHANNEL]); }
    }
    export const told: unknown[] = [];`);
  const checked = recognised.configSchema?.['~standard'].validate({ CHANNEL: 7 });
  expect(await checked).toMatchObject({ issues: [{ path: ['CHANNEL'] }] });
  const held = { config: { CHANNEL: 'one' } as Readonly<Record<string, unknown>> };
  const followers: ((values: object, before: object) => void)[] = [];
  const work: Promise<unknown>[] = [];
  const services = Object.defineProperty(keptServices(), 'config', { get: () => held.config });
  recognised.bind(
    Object.assign(services, {
      configChanges: { follow: (changed: any) => (followers.push(changed), () => undefined) },
      spawn: (run: any) => (work.push(Promise.resolve(run())), 'work'),
    }),
  );
  const declarations = [...recognised.translate()];
  const endpoint: any = declarations.find(({ kind }) => kind === 'endpoint');
  const read = async () => (await endpoint.serve.handle({})) as unknown;
  expect(await read()).toEqual(['one', 'one', { CHANNEL: 'one' }]);
  const effect: any = declarations.find(({ kind }) => kind === 'effect');
  effect.start({ defer: () => undefined });
  const before = held.config;
  held.config = { CHANNEL: 'two' };
  followers[0]?.(held.config, before);
  await Promise.all(work);
  expect(await read()).toEqual(['two', 'two', { CHANNEL: 'two' }]);
});

test('a subclass has the configuration of its base; two schemas on one class are refused', async () => {
  const base = `@ConfigSchema(z.object({ A: z.string() })) class Base {}`;
  const inherits = await recognise(`${IMPORTS} ${base} @GatePlugin(${INFO}) export class Ci extends Base {}`);
  expect(inherits.configSchema).toBeDefined();
  await expect(
    recognise(
      `${IMPORTS} @ConfigSchema(z.object({})) @ConfigSchema(z.object({})) @GatePlugin(${INFO}) export class Ci {}`,
    ),
  ).rejects.toMatchObject({ code: 'plugin/bad-decorator' });
  await expect(
    recognise(`${IMPORTS} @ConfigSchema({} as any) @GatePlugin(${INFO}) export class Ci {}`),
  ).rejects.toMatchObject({ code: 'mount/invalid', message: expect.stringContaining('@ConfigSchema()') });
});
