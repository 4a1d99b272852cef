import { inspect } from 'node:util';
import { createPluginEnvironment } from '../../src/plugins/plugin-environment';

let secrets: Record<string, string>;
let config: Record<string, unknown>;
let env: Readonly<Record<string, string | undefined>>;
beforeEach(() => {
  secrets = { TOKEN: 'correct-horse' };
  config = { CHANNEL: 'console-a', limit: 2, loud: false, list: ['a'], TOKEN: 'of the configuration' };
  env = createPluginEnvironment({
    secrets: { get: (name) => (Object.hasOwn(secrets, name) ? secrets[name] : undefined) },
    secretNames: () => ['DECLARED', ...Object.keys(secrets)],
    config: () => config,
  });
});

test('a name is a secret, else a plain value of the configuration as text', () => {
  expect([env['TOKEN'], env['CHANNEL'], env['limit'], env['loud']]).toEqual([
    ...['correct-horse', 'console-a', '2', 'false'],
  ]);
  expect([env['list'], env['DECLARED'], env['OTHER']]).toEqual([undefined, undefined, undefined]);
});

test('it is asked at each use: what changes is seen', () => {
  const { TOKEN } = env;
  secrets = { TOKEN: 'newer', FRESH: 'x' };
  config = { CHANNEL: 'console-b' };
  expect([TOKEN, env['TOKEN'], env['FRESH'], env['CHANNEL']]).toEqual([
    ...['correct-horse', 'newer', 'x', 'console-b'],
  ]);
});

test('names that are declared or set can be listed, asked for and spread', () => {
  expect(Object.keys(env)).toEqual(['DECLARED', 'TOKEN', 'CHANNEL', 'limit', 'loud']);
  expect({ ...env }).toEqual({
    ...{ DECLARED: undefined, TOKEN: 'correct-horse', CHANNEL: 'console-a', limit: '2', loud: 'false' },
  });
  expect(['TOKEN' in env, 'DECLARED' in env, 'OTHER' in env, 'list' in env]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('a value that no schema spells is found by the name of its variable', () => {
  config = { WEBHOOK_SECRET: 'x' };
  expect([env['webhook_secret'], 'webhookSecret' in env]).toEqual(['x', true]);
});

test('nothing of the process’s environment or of every object is in it', () => {
  expect([env['PATH'], env['HOME'], env['toString'], env['constructor'], env['__proto__']]).toEqual(
    Array(5).fill(undefined),
  );
});

test('it cannot be written to', () => {
  const writable = env as Record<string, string>;
  expect(() => (writable['TOKEN'] = 'x')).toThrow(TypeError);
  expect(() => delete writable['TOKEN']).toThrow(TypeError);
  expect(() => Object.defineProperty(env, 'NEW', { value: 'x' })).toThrow(TypeError);
  expect(env['TOKEN']).toBe('correct-horse');
});

test('whole, it is printed and logged without its values', () => {
  for (const printed of [inspect(env), JSON.stringify({ env }), inspect({ deep: [env] }, { depth: 5 })]) {
    expect(printed).toContain('TOKEN');
    expect(printed).not.toContain('correct-horse');
  }
});
