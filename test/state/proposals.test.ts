import { createHash } from 'node:crypto';
import { CI, openSecrets, type SecretsUnderTest } from './secrets-under-test';

let under: SecretsUnderTest;
beforeEach(async () => {
  under = await openSecrets({ GATEHOUSE_SECRET_ACME_CI_GIVEN: 'from-outside' });
});
afterEach(() => under.close());
const live = (name = 'HOOK') => under.secrets.live(CI, name, under.time).map(({ value }) => value);
const refused = (code: string) => expect.objectContaining({ code });

test('what a sender proposes is no secret until it is approved', async () => {
  const id = await under.secrets.propose(CI, 'HOOK', 'correct-horse');
  expect(live()).toEqual([]);
  expect(under.secrets.list(CI).map(({ name }) => name)).toEqual(['GIVEN']);
  const fingerprint = createHash('sha256').update('correct-horse').digest('hex').slice(0, 8);
  expect(under.secrets.proposals()).toEqual([
    { plugin: CI, name: 'HOOK', id, createdAt: under.time, fingerprint, from: undefined },
  ]);
  const approved = await under.secrets.approve(CI, 'HOOK');
  expect(live()).toEqual(['correct-horse']);
  expect(under.secrets.list(CI)).toContainEqual(expect.objectContaining({ name: 'HOOK', id: approved }));
  expect(under.secrets.proposals()).toEqual([]);
  expect(await under.secrets.approve(CI, 'HOOK')).toBeUndefined();
});

test('it lies where no release looks for secrets, sealed, and in no log line', async () => {
  await under.secrets.propose(CI, 'HOOK', 'correct-horse');
  expect(under.database.shared.list('secrets')).toEqual([]);
  const [stored] = under.database.shared.list('proposed-secrets');
  expect(stored?.name).toBe(`${CI}/HOOK`);
  await under.secrets.approve(CI, 'HOOK');
  const seen = [stored?.value, under.database.shared.list('secrets')[0]?.value, ...under.lines].join('');
  expect(seen).not.toContain('horse');
  expect(under.lines.join('')).toContain('it waits for approval');
});

test('one waits per name: the first; the same one again is the same one', async () => {
  const first = await under.secrets.propose(CI, 'HOOK', 'first');
  expect(await under.secrets.propose(CI, 'HOOK', 'first')).toBe(first);
  expect(await under.secrets.propose(CI, 'HOOK', 'second')).toBeUndefined();
  expect(await under.secrets.propose(CI, 'OTHER', 'second')).toEqual(expect.any(String));
  expect(under.secrets.proposals(CI).map(({ name }) => name)).toEqual(['HOOK', 'OTHER']);
  await under.secrets.approve(CI, 'HOOK');
  expect(live()).toEqual(['first']);
});

test('of two hosts that are told at once one takes it', async () => {
  const other = under.another();
  const ids = await Promise.all([under.secrets.propose(CI, 'HOOK', 'one'), other.propose(CI, 'HOOK', 'two')]);
  expect(ids.filter((id) => id !== undefined)).toHaveLength(1);
  expect(under.secrets.proposals()).toEqual(other.proposals());
  const approved = await Promise.allSettled([under.secrets.approve(CI, 'HOOK'), other.approve(CI, 'HOOK')]);
  expect(approved.some(({ status }) => status === 'fulfilled')).toBe(true);
  expect(live()).toHaveLength(1);
});

test('nothing is proposed for a name that has a live value, whoever gave it', async () => {
  await under.secrets.set(CI, 'HOOK', 'mine');
  expect(await under.secrets.propose(CI, 'HOOK', 'theirs')).toBeUndefined();
  expect(await under.secrets.propose(CI, 'given', 'theirs')).toBeUndefined();
  expect(under.secrets.proposals()).toEqual([]);
});

test('nothing that was set in between is replaced by an approval', async () => {
  const other = under.another({ GATEHOUSE_SECRET_ACME_CI_HOOK: 'of this host' });
  await under.secrets.propose(CI, 'HOOK', 'theirs');
  await expect(other.approve(CI, 'HOOK')).rejects.toEqual(refused('secrets/from-environment'));
  const [waiting] = under.database.shared.list('proposed-secrets');
  await under.secrets.set(CI, 'HOOK', 'mine');
  expect(under.secrets.proposals()).toEqual([]);
  // As it would lie there if another host had proposed it at that very moment.
  await under.database.shared.put('proposed-secrets', `${CI}/HOOK`, waiting?.value);
  await expect(under.secrets.approve(CI, 'HOOK')).rejects.toEqual(refused('secrets/already-set'));
  expect(live()).toEqual(['mine']);
});

test.each(['set', 'rotate', 'remove'] as const)('%s ends the waiting', async (verb) => {
  await under.secrets.propose(CI, 'HOOK', 'theirs');
  if (verb === 'remove') expect(await under.secrets.remove(CI, 'HOOK')).toBe(true);
  else if (verb === 'set') await under.secrets.set(CI, 'HOOK', 'mine');
  else await under.secrets.rotate(CI, 'HOOK', 'mine', 1_000);
  expect(under.secrets.proposals()).toEqual([]);
  expect(live()).toEqual(verb === 'remove' ? [] : ['mine']);
});

test('what is dismissed is forgotten, and another one can be proposed', async () => {
  await under.secrets.propose(CI, 'HOOK', 'theirs');
  expect(await under.secrets.dismiss(CI, 'HOOK')).toBe(true);
  expect(await under.secrets.dismiss(CI, 'HOOK')).toBe(false);
  expect(await under.secrets.propose(CI, 'HOOK', 'ours')).toEqual(expect.any(String));
});

test('what could never be a secret is not proposed', async () => {
  const propose = (name: string, value: string) => under.secrets.propose(CI, name, value);
  await expect(propose('a b', 'x')).rejects.toEqual(refused('secrets/bad-name'));
  await expect(propose('HOOK', ' ')).rejects.toEqual(refused('secrets/empty-value'));
  await expect(propose('HOOK', 'x'.repeat(16_385))).rejects.toEqual(refused('secrets/too-large'));
});

describe('where a proposal came from', () => {
  const mine = { ip: '203.0.113.9', requestId: 'request-1' };
  const theirs = { ip: '198.51.100.7', requestId: 'request-2' };

  test('is kept with it, told to every host, and logged', async () => {
    const other = under.another();
    await under.secrets.propose(CI, 'HOOK', 'correct-horse', mine);
    await under.secrets.propose(CI, 'HOOK', 'correct-horse', theirs);
    expect(under.secrets.proposals()).toMatchObject([{ from: mine }]);
    expect(other.proposals()).toEqual(under.secrets.proposals());
    expect(under.lines.join('')).toContain('203.0.113.9');
  });

  test('of another value, while one waits, is logged once a minute, and no value is', async () => {
    await under.secrets.propose(CI, 'HOOK', 'correct-horse', mine);
    const warnings = () => under.lines.filter((line) => line.includes('another value came'));
    await under.secrets.propose(CI, 'HOOK', 'correct-horse', theirs);
    expect(warnings()).toEqual([]);
    for (const afterMs of [0, 59_999, 1]) {
      under.time += afterMs;
      await under.secrets.propose(CI, 'HOOK', `horse ${afterMs}`, theirs);
    }
    expect(warnings().map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', plugin: CI, secret: 'HOOK', ...theirs },
      { level: 'warn', plugin: CI, secret: 'HOOK', ...theirs },
    ]);
    await under.secrets.propose(CI, 'OTHER', 'horse one', mine);
    await under.secrets.propose(CI, 'OTHER', 'horse two', theirs);
    expect(warnings()).toHaveLength(3);
    expect(under.lines.join('')).not.toContain('horse');
  });
});

test('an approval of one that no longer waits approves nothing', async () => {
  const looked = await under.secrets.propose(CI, 'HOOK', 'mine');
  await under.secrets.dismiss(CI, 'HOOK');
  const waiting = await under.secrets.propose(CI, 'HOOK', 'theirs');
  await expect(under.secrets.approve(CI, 'HOOK', looked)).rejects.toEqual(refused('secrets/other-waits'));
  expect(live()).toEqual([]);
  expect(under.secrets.proposals()).toMatchObject([{ id: waiting }]);
  await under.secrets.approve(CI, 'HOOK', waiting);
  expect(live()).toEqual(['theirs']);
});
