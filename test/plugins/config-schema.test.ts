import { inspect } from 'node:util';
import * as v from 'valibot';
import { z } from 'zod';
import { actorNamed } from '../../src/core/actor';
import type { PluginKey } from '../../src/core/plugin-key';
import { checkConfig, declaredConfig, shownFaults } from '../../src/plugins/config-check';
import { readConfigEntries } from '../../src/plugins/config-values';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { PluginYard } from '../support/plugin-yard';
import { keptServices } from './services';

const CI = 'acme.ci' as PluginKey;

interface Given {
  readonly file?: Record<string, unknown>;
  readonly stored?: Record<string, unknown>;
  readonly environment?: Record<string, string>;
}

async function check(schema: any, { file = {}, stored = {}, environment = {} }: Given) {
  const declared = declaredConfig(schema);
  if (declared === undefined) throw new Error('no schema was given');
  const names = Object.keys(declared.jsonSchema?.properties ?? {});
  const entries = readConfigEntries(CI, { file, stored, environment, declared: names, others: [] });
  return checkConfig(declared, entries, actorNamed(CI));
}
const told = async (schema: any, given: Given) => {
  const checked = await check(schema, given);
  return checked.ok ? '' : shownFaults(CI, checked.faults);
};

test('variables are texts, converted to what the schema asks for', async () => {
  const schema = z.object({
    ...{ retryCount: z.number(), isLoud: z.boolean(), tags: z.array(z.string()), since: z.date() },
    limits: z.object({ perHour: z.int() }),
  });
  const environment = {
    GATEHOUSE_CONFIG_ACME_CI_RETRY_COUNT: '7',
    GATEHOUSE_CONFIG_ACME_CI_IS_LOUD: 'yes',
    GATEHOUSE_CONFIG_ACME_CI_TAGS: 'a, b',
    GATEHOUSE_CONFIG_ACME_CI_SINCE: '2026-01-01',
    GATEHOUSE_CONFIG_ACME_CI_LIMITS: '{"perHour": 5}',
  };
  expect(await check(schema, { environment })).toEqual({
    ok: true,
    values: {
      ...{ retryCount: 7, isLoud: true, tags: ['a', 'b'], since: new Date('2026-01-01') },
      limits: { perHour: 5 },
    },
  });
});

test('default, file, what is stored, and the environment: each goes before those ahead of it', async () => {
  const schema = z.object({
    ...{ a: z.string().default('default'), b: z.string().default('default') },
    ...{ c: z.string().default('default'), d: z.string().default('default') },
  });
  const checked = await check(schema, {
    file: { b: 'file', c: 'file', d: 'file' },
    stored: { c: 'stored', d: 'stored' },
    environment: { GATEHOUSE_CONFIG_ACME_CI_D: 'environment' },
  });
  expect(checked).toMatchObject({ values: { a: 'default', b: 'file', c: 'stored', d: 'environment' } });
});

test('every fault is told with its field, its source and what is expected', async () => {
  const schema = z.object({
    ...{ count: z.number(), level: z.enum(['a', 'b']), name: z.string(), url: z.url() },
  });
  const text = await told(schema, {
    file: { level: 'c' },
    stored: { url: 'nowhere' },
    environment: { GATEHOUSE_CONFIG_ACME_CI_COUNT: 'many' },
  });
  expect(text.split('\n')).toEqual([
    '  - count (GATEHOUSE_CONFIG_ACME_CI_COUNT): Invalid input: expected number, received string',
    '  - level (plugins.acme.ci.config of the settings file): Invalid option: expected one of "a"|"b"',
    '  - name (not set): Invalid input: expected string, received undefined; give it as GATEHOUSE_CONFIG_ACME_CI_NAME, or as plugins.acme.ci.config.name in the settings file',
    '  - url (stored by an operator): Invalid URL',
  ]);
});

test.each([
  [
    'zod with a message of its own',
    z.object({
      pin: z
        .string()
        .refine(() => false, { error: ({ input }) => `not ${String(input)}` })
        .meta({ secret: true }),
    }),
  ],
  [
    'zod about the whole',
    z
      .object({ pin: z.string().meta({ secret: true }) })
      .refine(() => false, { error: ({ input }) => JSON.stringify(input) }),
  ],
  ['valibot, which quotes', v.object({ pin: v.pipe(v.string(), v.regex(/^\d$/)) })],
  [
    'a library of one’s own, which quotes and says nothing in JSON Schema',
    {
      '~standard': {
        ...{ version: 1, vendor: 'own' },
        validate: ({ pin }: { pin: string }) => ({ issues: [{ message: `was ${pin}`, path: ['pin'] }] }),
      },
    },
  ],
])('no message quotes a secret: %s', async (_what, schema) => {
  const text = await told(schema, { stored: { pin: 'corr"ect' } });
  expect(text).toContain('is not what the schema wants');
  expect(text).not.toContain('corr');
});

test('beside a secret in a group, the rest of the group is told', async () => {
  const mail = z.object({ port: z.number(), key: z.enum(['correct']).meta({ secret: true }) });
  const text = await told(z.object({ mail }), { stored: { mail: { port: 'many', key: 'horse' } } });
  expect(text).toContain('mail.port (stored by an operator): Invalid input: expected number');
  expect(text).toContain('mail.key (stored by an operator): is not what the schema wants');
});

test('no message tells what a secret may be, set or not', async () => {
  const schema = z.object({ pin: z.enum(['correct', 'horse']).meta({ secret: true }) });
  const [wrong, missing] = [await told(schema, { stored: { pin: 'x' } }), await told(schema, {})];
  expect(wrong).toContain('pin (stored by an operator): is not what the schema wants');
  expect(missing).toContain('pin (not set): needs a value; give it as GATEHOUSE_CONFIG_ACME_CI_PIN');
  expect(wrong + missing).not.toMatch(/correct|horse/);
});

test('a schema that makes no object is refused', async () => {
  expect(
    await told(
      z.any().transform(() => 'text'),
      {},
    ),
  ).toContain('something else than an object');
});

test('names the schema does not know are there as they are', async () => {
  const checked = await check(z.object({ a: z.string() }), { file: { a: 'x', other: 1 } });
  expect(checked).toEqual({ ok: true, values: { a: 'x', other: 1 } });
});

function ciPlugin() {
  return new PluginBase({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' });
}

test('the values can be read once the host has bound them, by the schema’s object and by name', () => {
  const plugin = ciPlugin();
  const config = plugin.config(z.object({ CHANNEL: z.string(), name: z.string() }));
  expect(() => config.CHANNEL).toThrow(expect.objectContaining({ code: 'plugin/not-bound' }));
  expect(() => plugin.config['CHANNEL']).toThrow(expect.objectContaining({ code: 'plugin/not-bound' }));
  plugin[PLUGIN].bind(keptServices({ CHANNEL: 'console-ci', name: 'x' }));
  expect([config.CHANNEL, plugin.config['CHANNEL']]).toEqual(['console-ci', 'console-ci']);
  // Names that every function has are the author's.
  expect([plugin.config['name'], plugin.config['length']]).toEqual(['x', undefined]);
  expect(JSON.stringify(plugin.config)).toBe('{"CHANNEL":"console-ci","name":"x"}');
  expect({ ...config }).toEqual({ CHANNEL: 'console-ci', name: 'x' });
  expect('CHANNEL' in config).toBe(true);
  expect('toString' in config).toBe(false);
  expect(Object.keys(plugin.config)).toEqual(['CHANNEL', 'name']);
  expect(() => Object.assign(config, { CHANNEL: 'other' })).toThrow(TypeError);
  expect(config.CHANNEL).toBe('console-ci');
});

test('what asks any value whether it is a promise, a plugin or JSON may ask before there are values', async () => {
  const plugin = ciPlugin();
  const config: any = plugin.config(z.object({ CHANNEL: z.string() }));
  for (const asked of [config, plugin.config as any]) {
    expect(asked[Symbol.for('gatehouse.plugin')]).toBeUndefined();
    expect([asked.then, asked.constructor, asked.__esModule]).toEqual([undefined, undefined, undefined]);
    expect([Object.keys(asked), JSON.stringify({ asked }), 'CHANNEL' in asked]).toEqual([
      [],
      '{"asked":{}}',
      false,
    ]);
    expect(Object.getPrototypeOf(asked)).toBeNull();
    expect(inspect(asked)).toBe('{}');
  }
  expect(await Promise.resolve(config)).toBe(config);
});

test('a configuration is declared once, with a schema, before the host reads the plugin', () => {
  const plugin = ciPlugin();
  const wrong = (schema: unknown) => () => plugin.config(schema as z.ZodType);
  expect(wrong(undefined)).toThrow(/Standard Schema/);
  expect(wrong({ CHANNEL: 'string' })).toThrow(/Standard Schema/);
  plugin.config(z.object({}));
  expect(wrong(z.object({}))).toThrow(/declared before/);
  const late = ciPlugin();
  late[PLUGIN].bind(keptServices());
  expect(() => late.config(z.object({}))).toThrow(expect.objectContaining({ code: 'plugin/sealed' }));
});

describe('when a plugin loads', () => {
  let yard: PluginYard;
  afterEach(() => yard.close());

  test('its configuration may be one of its exports', async () => {
    yard = await PluginYard.open();
    const exported = `import { z } from 'zod';
      export const config = plugin.config(z.object({ CHANNEL: z.string() }));
      plugin.onInit(() => note(String(config.CHANNEL)));`;
    await yard.plugin('ci', 'acme.ci', exported);
    await yard.reconciler.rescan();
    expect(yard.registry.find('acme.ci')).toMatchObject({ state: 'live' });
  });

  test('a schema that never answers does not keep the plugin loading for ever', async () => {
    const services = {
      configOf: async (key: PluginKey, declared: any, actor: any) => {
        const checked = await checkConfig(declared, readConfigEntries(key, NOTHING), actor);
        return checked.ok ? checked.values : {};
      },
    };
    yard = await PluginYard.open({ startMs: 200, partsOf: () => ({ services }) });
    const never = `plugin.config({ '~standard': { version: 1, vendor: 'own', validate: () => new Promise(() => undefined) } });`;
    await yard.plugin('ci', 'acme.ci', never);
    await yard.reconciler.rescan();
    expect(yard.registry.find('acme.ci')?.failure).toMatchObject({
      ...{ code: 'plugin/start-timeout', message: expect.stringContaining('its configuration') },
    });
  });
});
const NOTHING = { environment: {}, file: undefined, others: [] };
