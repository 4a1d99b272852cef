import { isSecretName, secretsIn, secretsOf, secretVariable } from '../../src/core/declared-secrets';
import type { EndpointAccess } from '../../src/core/access';
import type { SecretDeclaration } from '../../src/core/declaration';
import { mountOf } from './plain-mount';

const secretOf = (name: string, required = false): SecretDeclaration => ({
  kind: 'secret',
  origin: { dialect: 'test', where: `secret("${name}")` },
  name,
  description: '',
  required,
});

test.each([
  ['public', []],
  ['operator', []],
  [{ signature: 'github', secret: 'A' }, ['A']],
  [{ token: { header: 'x-token' }, secret: ['A', 'B'] }, ['A', 'B']],
  [[{ allowFrom: ['10.0.0.0/8'] }, { basic: {}, secret: 'A' }, { signedUrl: true }], ['A']],
  [{ messageSignature: { keys: { one: { algorithm: 'ed25519', secret: 'K' } } } }, ['K']],
] as [EndpointAccess, string[]][])('an access of %j names the secrets %j', (access, names) => {
  expect(secretsIn(access)).toEqual(names);
});

test('a name that would end a variable in _FILE is none: that variable means a file', () => {
  for (const name of ['TOKEN_FILE', 'tokenFile', 'token.file']) expect(isSecretName(name)).toBe(false);
  for (const name of ['TOKEN', 'FILE', 'file-token', 'a', 'profile']) expect(isSecretName(name)).toBe(true);
});

test.each([
  ['GITHUB_TOKEN', 'GITHUB_TOKEN'],
  ['githubToken', 'GITHUB_TOKEN'],
  ['github-token.2', 'GITHUB_TOKEN_2'],
])('%s is the variable %s', (name, variable) => {
  expect(secretVariable(name)).toBe(variable);
});

describe('a mount', () => {
  test('holds its secrets, frozen', () => {
    const mount = mountOf('acme.ci', [secretOf('A', true), secretOf('B')]);
    expect(secretsOf(mount)).toEqual([
      { name: 'A', description: '', required: true },
      { name: 'B', description: '', required: false },
    ]);
    for (const part of [mount.secrets, mount.secrets[0]]) expect(Object.isFrozen(part)).toBe(true);
  });

  test('is refused when a name stands twice, or two names would be one variable', () => {
    expect(() => mountOf('acme.ci', [secretOf('A'), secretOf('A')])).toThrow(
      /the secret "A" is declared twice/,
    );
    expect(() => mountOf('acme.ci', [secretOf('someToken'), secretOf('SOME_TOKEN')])).toThrow(
      /"SOME_TOKEN" and "someToken" would be the same variable/,
    );
  });
});
