import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parsePluginKey, type PluginKey } from '../../src/core/plugin-key';
import { readConfigValues } from '../../src/plugins/config-values';

const key = (text: string) => parsePluginKey(text) as PluginKey;
const read = (
  environment: Record<string, string>,
  file?: Record<string, unknown>,
  others: string[] = [],
  of = 'acme.ci',
) => readConfigValues(key(of), { environment, file, others: others.map(key) });

test('a variable overrides the file, under the file’s own spelling', () => {
  const values = read(
    { GATEHOUSE_CONFIG_ACME_CI_CHAT_KEY: 'console-env', GATEHOUSE_CONFIG_ACME_CI_EXTRA: '1', OTHER: 'x' },
    { chatKey: 'console-file', retries: 3 },
  );
  expect(values).toEqual({ chatKey: 'console-env', retries: 3, EXTRA: '1' });
  expect(Object.isFrozen(values)).toBe(true);
});

test('a name like __proto__ is a value like any other', () => {
  const values = read(
    { GATEHOUSE_CONFIG_ACME_CI___PROTO__: 'x' },
    JSON.parse('{"__proto__":{"admin":true}}'),
  );
  expect((values as any).admin).toBeUndefined();
});

test('a variable belongs to the plugin whose name fits it best', () => {
  const environment = { GATEHOUSE_CONFIG_ACME_CI_EXTRA_TOKEN: 'secret' };
  expect(read(environment, undefined, ['acme.ci_extra'])).toEqual({});
  expect(read(environment, undefined, ['acme.ci'], 'acme.ci_extra')).toEqual({ TOKEN: 'secret' });
});

test('a variable that fits two plugins equally is refused, naming both', () => {
  expect(() => read({ GATEHOUSE_CONFIG_A_B_C_TOKEN: 'x' }, undefined, ['a_b.c'], 'a.b_c')).toThrow(
    expect.objectContaining({ code: 'plugin/ambiguous-config', message: expect.stringContaining('a_b.c') }),
  );
  expect(read({}, undefined, ['a_b.c'], 'a.b_c')).toEqual({});
});

test('a value may be kept in a file, white space trimmed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-config-'));
  const file = path.join(folder, 'token');
  await writeFile(file, ' s3cret\n');
  try {
    expect(read({ GATEHOUSE_CONFIG_ACME_CI_TOKEN_FILE: file }, { token: 'old' })).toEqual({
      token: 's3cret',
    });
    expect(read({ GATEHOUSE_CONFIG_ACME_CI_LOG_FILE: '/var/log/ci' }, { logFile: 'ci.log' })).toEqual({
      logFile: '/var/log/ci',
    });
    expect(() => read({ GATEHOUSE_CONFIG_ACME_CI_TOKEN_FILE: `${file}.none` })).toThrow(
      expect.objectContaining({ code: 'plugin/config-unreadable' }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
