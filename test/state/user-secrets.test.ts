import type { PluginSecrets } from '../../src/core/ports/secrets';
import { createUserSecrets, type StoredUserSecrets } from '../../src/state/user-secrets';
import { keyOf } from '../core/plain-mount';
import { CI, keptLogger, openSecrets, sealerOf, type SecretsUnderTest } from './secrets-under-test';

const declaring = { description: '', required: false };
const DECLARED = [
  { ...declaring, name: 'CLIENT_ID', writeMode: 'user' as const },
  { ...declaring, name: 'TOKEN', writeMode: 'extension' as const, maxBytes: 16 },
];

let under: SecretsUnderTest;
let lines: string[];
const open = (fill = 1): StoredUserSecrets => {
  const kept = keptLogger();
  lines = kept.lines;
  return createUserSecrets({
    ...{ shared: under.database.shared, sealer: sealerOf(fill), logger: kept.logger },
    clock: { now: () => under.time },
    declared: () => DECLARED,
  });
};
let users: StoredUserSecrets;
beforeEach(async () => {
  under = await openSecrets();
  users = open();
});
afterEach(() => under.close());

const of = (userId: string, plugin = CI): PluginSecrets => users.of(plugin, userId, () => DECLARED);
const refused = (code: string) => expect.objectContaining({ code });

test('a secret of one user is nobody else’s: no other user’s, no other plugin’s, not the plugin’s own', async () => {
  await of('ann').set('TOKEN', 'of ann');
  expect(of('ann').get('TOKEN')).toBe('of ann');
  expect([of('bob').get('TOKEN'), of('ann', keyOf('acme.cd')).get('TOKEN')]).toEqual([undefined, undefined]);
  expect([under.secrets.of(CI).get('TOKEN'), under.secrets.list(CI)]).toEqual([undefined, []]);
});

test('what the plugin itself has is no user’s', async () => {
  await under.secrets.set(CI, 'CLIENT_ID', 'of the plugin');
  expect(of('ann').get('CLIENT_ID')).toBeUndefined();
});

test('users whose names look like paths or names of others stay apart', async () => {
  const ids = ['a', 'a/TOKEN', 'a%2FTOKEN', 'ü 1', '..', '__proto__'];
  for (const id of ids) await of(id).set('TOKEN', `of ${id}`);
  expect(ids.map((id) => of(id).get('TOKEN'))).toEqual(ids.map((id) => `of ${id}`));
  expect(users.list(CI).map(({ userId }) => userId)).toEqual(expect.arrayContaining(ids));
  expect(users.list(CI, 'a')).toHaveLength(1);
});

test.each(['', ' ', 'a\nb', 'a\0', 'x'.repeat(129), '\ud800', 'a\u202eb'])(
  'a user is not called %j',
  async (id) => {
    expect(() => of(id)).toThrow(refused('users/bad-id'));
    await expect(users.set(CI, id, 'CLIENT_ID', 'x')).rejects.toEqual(refused('users/bad-id'));
    expect(await users.remove(CI, id, 'CLIENT_ID')).toBe(false);
  },
);

test('who may set it is as declared: operators in the user’s name, or the plugin', async () => {
  await expect(of('ann').set('CLIENT_ID', 'x')).rejects.toEqual(refused('secrets/not-yours'));
  await expect(users.set(CI, 'ann', 'TOKEN', 'x')).rejects.toEqual(refused('secrets/plugins-own'));
  await users.set(CI, 'ann', 'CLIENT_ID', 'pasted');
  expect(of('ann').get('CLIENT_ID')).toBe('pasted');
  await expect(of('ann').set('TOKEN', 'x'.repeat(17))).rejects.toEqual(refused('secrets/too-large'));
  await expect(of('ann').set('a b', 'x')).rejects.toEqual(refused('secrets/bad-name'));
  const early = users.of(CI, 'ann', () => undefined);
  await expect(early.set('TOKEN', 'x')).rejects.toEqual(refused('plugin/start-too-early'));
});

test('it can be taken away, also in the user’s name', async () => {
  await of('ann').set('TOKEN', 'x');
  expect([await users.remove(CI, 'ann', 'TOKEN'), await users.remove(CI, 'ann', 'TOKEN')]).toEqual([
    true,
    false,
  ]);
  expect(of('ann').get('TOKEN')).toBeUndefined();
});

test('it is sealed for its place: what stands at another user’s opens no more', async () => {
  await of('ann').set('TOKEN', 'correct-horse');
  const { shared } = under.database;
  const [stored] = shared.list('user-secrets');
  expect(stored?.value).not.toContain('correct-horse');
  await shared.put('user-secrets', 'acme.ci/bob/TOKEN', stored?.value);
  expect(of('bob').get('TOKEN')).toBeUndefined();
  expect(lines.join('')).toContain('cannot be opened and counts as none');
  expect(lines.join('')).not.toContain('correct-horse');
  expect(open().of(CI, 'ann').get('TOKEN')).toBe('correct-horse');
});

test('one plugin keeps 8 MiB for its users, and others are not kept from keeping theirs', async () => {
  const declared = () => [];
  const big = 'x'.repeat(16_384);
  const fill = Array.from({ length: 512 }, (_, number) =>
    users.of(CI, `user-${number}`, declared).set('BIG', big),
  );
  await Promise.all(fill);
  await expect(users.of(CI, 'one-more', declared).set('BIG', big)).rejects.toEqual(
    refused('secrets/too-many-for-users'),
  );
  await users.of(CI, 'user-1', declared).set('BIG', `y${big.slice(1)}`);
  await users.of(keyOf('acme.cd'), 'one-more', declared).set('BIG', big);
});
