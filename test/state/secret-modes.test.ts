import { keyOf } from '../core/plain-mount';
import { CI, openSecrets, type SecretsUnderTest } from './secrets-under-test';

const declaring = { description: '', required: false };
const DECLARED = [
  { ...declaring, name: 'CLIENT_ID', writeMode: 'user' as const, maxBytes: 8 },
  { ...declaring, name: 'REFRESH_TOKEN', writeMode: 'extension' as const, maxBytes: 8 },
  { ...declaring, name: 'SHARED', writeMode: 'both' as const },
];

let under: SecretsUnderTest;
beforeEach(async () => {
  under = await openSecrets();
  under.declared = DECLARED;
});
afterEach(() => under.close());

const refused = (code: string, message = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });
const live = (name: string) => under.secrets.live(CI, name, under.time).map(({ value }) => value);
const own = () => under.secrets.of(CI, () => under.declared);

test('what users set is not for the plugin to set, and the error says who may', async () => {
  await expect(own().set('CLIENT_ID', 'mine')).rejects.toEqual(
    refused('secrets/not-yours', 'gatehouse secrets set acme.ci CLIENT_ID'),
  );
  await under.secrets.set(CI, 'CLIENT_ID', 'theirs');
  await under.secrets.rotate(CI, 'CLIENT_ID', 'newer', 60_000);
  expect(live('CLIENT_ID')).toEqual(['newer', 'theirs']);
  expect(own().get('CLIENT_ID')).toBe('newer');
});

test('what the plugin sets is not for operators to set, rotate or approve; they may take it away', async () => {
  await own().set('REFRESH_TOKEN', 'mine');
  for (const change of [
    under.secrets.set(CI, 'REFRESH_TOKEN', 'theirs'),
    under.secrets.rotate(CI, 'REFRESH_TOKEN', 'theirs', 0),
  ])
    await expect(change).rejects.toEqual(refused('secrets/plugins-own', 'secrets remove'));
  expect(live('REFRESH_TOKEN')).toEqual(['mine']);
  expect(await under.secrets.remove(CI, 'REFRESH_TOKEN')).toBe(true);
  await under.secrets.propose(CI, 'REFRESH_TOKEN', 'sent');
  await expect(under.secrets.approve(CI, 'REFRESH_TOKEN')).rejects.toEqual(refused('secrets/plugins-own'));
  expect(live('REFRESH_TOKEN')).toEqual([]);
});

test('what is declared for both, or not at all, is for both', async () => {
  for (const name of ['SHARED', 'UNHEARD_OF']) {
    await own().set(name, 'mine');
    await under.secrets.set(CI, name, 'theirs');
    expect(live(name)).toEqual(['theirs']);
  }
});

test('another spelling of the same variable is held to the same rule', async () => {
  await expect(own().set('clientId', 'mine')).rejects.toEqual(refused('secrets/not-yours'));
});

test('a value is as large as it is declared, whoever sets it, in bytes', async () => {
  const tooLarge = refused('secrets/too-large', 'larger than 8 bytes');
  await expect(own().set('REFRESH_TOKEN', 'ääääx')).rejects.toEqual(tooLarge);
  await expect(under.secrets.set(CI, 'CLIENT_ID', 'ääääx')).rejects.toEqual(tooLarge);
  await expect(under.secrets.propose(CI, 'CLIENT_ID', 'ääääx')).rejects.toEqual(tooLarge);
  await under.secrets.set(CI, 'CLIENT_ID', 'ääää');
  expect(live('CLIENT_ID')).toEqual(['ääää']);
});

test('nothing is set before it is known what is declared', async () => {
  const early = under.secrets.of(CI, () => undefined);
  await expect(early.set('CLIENT_ID', 'mine')).rejects.toEqual(refused('plugin/start-too-early'));
  expect(live('CLIENT_ID')).toEqual([]);
});

test('names that have a value are known, those of the environment in upper case', async () => {
  const host = under.another({ GATEHOUSE_SECRET_ACME_CI_GIVEN: 'x' });
  await under.secrets.set(CI, 'shared', 'x');
  expect([...host.namesOf(CI)]).toEqual(['GIVEN', 'shared']);
  expect([...host.namesOf(keyOf('acme.cd'))]).toEqual([]);
});
