import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keyOf } from '../core/plain-mount';
import { CI, openSecrets, type SecretsUnderTest } from './secrets-under-test';

let under: SecretsUnderTest;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-variables-'));
});
afterEach(async () => {
  await under.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (environment: Record<string, string>, ...plugins: string[]) => {
  under = await openSecrets(environment);
  under.plugins = [CI, ...plugins.map(keyOf)];
  return under.secrets;
};
const live = (name: string, key = CI) =>
  under.secrets.live(key, name, under.time).map(({ id, value }) => [id, value]);
const refused = (code: string) => expect.objectContaining({ code });

test('a variable is live under every spelling of its name, before what is stored', async () => {
  const secrets = await start({ GATEHOUSE_SECRET_ACME_CI_GITHUB_TOKEN: 'given' });
  const id = 'GATEHOUSE_SECRET_ACME_CI_GITHUB_TOKEN';
  for (const name of ['GITHUB_TOKEN', 'githubToken', 'github-token', 'github.token'])
    expect(live(name)).toEqual([[id, 'given']]);
  // Stored by a host without the variable.
  await under.another().set(CI, 'githubToken', 'stored');
  expect(live('githubToken').map(([, value]) => value)).toEqual(['given', 'stored']);
  expect(secrets.of(CI).get('githubToken')).toBe('given');
});

test('what is given cannot be changed, but what is stored beside it can be taken away', async () => {
  const secrets = await start({ GATEHOUSE_SECRET_ACME_CI_TOKEN: 'given' });
  for (const change of [
    () => secrets.set(CI, 'TOKEN', 'x'),
    () => secrets.rotate(CI, 'token', 'x', 0),
    () => secrets.remove(CI, 'TOKEN'),
    () => secrets.of(CI).set('TOKEN', 'x'),
  ])
    await expect(change()).rejects.toMatchObject({
      code: 'secrets/from-environment',
      status: 409,
      message: expect.stringContaining('GATEHOUSE_SECRET_ACME_CI_TOKEN'),
    });
  await under.another().set(CI, 'TOKEN', 'stored');
  expect(await secrets.remove(CI, 'TOKEN')).toBe(true);
  expect(live('TOKEN')).toEqual([['GATEHOUSE_SECRET_ACME_CI_TOKEN', 'given']]);
});

test('is listed without its value, stored ones after it', async () => {
  const secrets = await start({ GATEHOUSE_SECRET_ACME_CI_TOKEN: 'given', GATEHOUSE_SECRET_B_C_X: 'other' });
  await secrets.set(CI, 'KEY', 'stored');
  expect(secrets.list()).toMatchObject([
    { plugin: CI, name: 'KEY', origin: 'stored', createdAt: 1_000_000 },
    {
      plugin: CI,
      name: 'TOKEN',
      id: 'GATEHOUSE_SECRET_ACME_CI_TOKEN',
      origin: 'environment',
      createdAt: undefined,
    },
  ]);
});

test('a value may lie in a file, white space around it trimmed, and is read again at each load', async () => {
  const file = path.join(folder, 'token');
  writeFileSync(file, '  first\n');
  const secrets = await start({ GATEHOUSE_SECRET_ACME_CI_TOKEN_FILE: file });
  expect(live('TOKEN')).toEqual([['GATEHOUSE_SECRET_ACME_CI_TOKEN_FILE', 'first']]);
  writeFileSync(file, 'second');
  expect(live('TOKEN')[0]?.[1]).toBe('first');
  secrets.of(CI);
  expect(live('TOKEN')[0]?.[1]).toBe('second');
  rmSync(file);
  expect(() => secrets.of(CI)).toThrow(refused('secrets/unreadable-file'));
  // The generation that serves goes on with what it had.
  expect(live('TOKEN')[0]?.[1]).toBe('second');
});

test('the plain variable wins over the file, unless it is blank', async () => {
  const file = path.join(folder, 'token');
  writeFileSync(file, 'filed');
  await start({
    GATEHOUSE_SECRET_ACME_CI_A: 'plain',
    GATEHOUSE_SECRET_ACME_CI_A_FILE: path.join(folder, 'none'),
    GATEHOUSE_SECRET_ACME_CI_B: ' ',
    GATEHOUSE_SECRET_ACME_CI_B_FILE: file,
  });
  expect([live('A')[0]?.[1], live('B')[0]?.[1]]).toEqual(['plain', 'filed']);
});

test('blank variables and blank files are no secret, and leave the name to be set', async () => {
  const file = path.join(folder, 'token');
  writeFileSync(file, ' \n');
  const secrets = await start({
    GATEHOUSE_SECRET_ACME_CI_A: '',
    GATEHOUSE_SECRET_ACME_CI_B: '  ',
    GATEHOUSE_SECRET_ACME_CI_C_FILE: file,
    GATEHOUSE_SECRET_ACME_CI_D_FILE: '',
  });
  expect(secrets.list()).toEqual([]);
  await secrets.set(CI, 'C', 'stored');
  expect(live('C').map(([, value]) => value)).toEqual(['stored']);
});

test('a variable belongs to the plugin whose key fits it best, also to one that came later', async () => {
  const secrets = await start({ GATEHOUSE_SECRET_ACME_CI_EXTRA_TOKEN: 'whose' });
  secrets.of(CI);
  expect(live('EXTRA_TOKEN')).toHaveLength(1);
  under.plugins = [CI, keyOf('acme.ci_extra')];
  secrets.of(keyOf('acme.ci_extra'));
  expect(live('EXTRA_TOKEN')).toEqual([]);
  expect(live('TOKEN', keyOf('acme.ci_extra')).map(([, value]) => value)).toEqual(['whose']);
});

test('a variable that fits two plugins equally well keeps the second from loading, and names both', async () => {
  const secrets = await start({ GATEHOUSE_SECRET_A_B_C_TOKEN: 'whose' });
  under.plugins = [keyOf('a.b_c')];
  secrets.of(keyOf('a.b_c'));
  under.plugins = [keyOf('a.b_c'), keyOf('a_b.c')];
  expect(() => secrets.of(keyOf('a_b.c'))).toThrow(
    expect.objectContaining({
      code: 'secrets/ambiguous-variable',
      message: expect.stringMatching(/GATEHOUSE_SECRET_A_B_C_\* .* a_b\.c or for a\.b_c/),
    }),
  );
  expect(live('TOKEN', keyOf('a_b.c'))).toEqual([]);
  expect(live('TOKEN', keyOf('a.b_c'))).toHaveLength(1);
  expect(under.lines.join('')).toContain('the secrets of the environment cannot be read');
});

test('keys that could be confused load side by side as long as there is no such variable', async () => {
  const secrets = await start({}, 'a.b_c', 'a_b.c');
  expect(() => [secrets.of(keyOf('a.b_c')), secrets.of(keyOf('a_b.c'))]).not.toThrow();
});
