import { createSignedUrls, type StoredSignedUrls } from '../../src/state/signed-urls';
import { keyOf } from '../core/plain-mount';
import { CI, keptLogger, openSecrets, sealerOf, type SecretsUnderTest } from './secrets-under-test';

let under: SecretsUnderTest;
let urls: StoredSignedUrls;
let lines: string[];
const open = (fill = 1) => {
  const kept = keptLogger();
  lines = kept.lines;
  return createSignedUrls({
    ...{ shared: under.database.shared, sealer: sealerOf(fill), logger: kept.logger },
    clock: { now: () => under.time },
  });
};
beforeEach(async () => {
  under = await openSecrets();
  urls = open();
});
afterEach(() => under.close());
const check = (token: string, at = under.time, path = '/hook') => urls.check(CI, path, token, at);

test('a token that is issued opens its endpoint of its plugin, and nothing else', async () => {
  const { id, token } = await urls.issue(CI, '/hook');
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(id).toMatch(/^u-[0-9a-f]{12}$/);
  expect(check(token)).toBe(id);
  expect(urls.current(CI, '/hook', under.time)).toBe(token);
  expect(check(token, under.time, '/other')).toBeUndefined();
  expect(urls.check(keyOf('acme.cd'), '/hook', token, under.time)).toBeUndefined();
  for (const wrong of ['', `${token}=`, token.slice(0, -1), token.toUpperCase(), 'x'.repeat(10_000)])
    expect(check(wrong)).toBeUndefined();
});

test('a path of several segments is one address, and a shorter one another', async () => {
  const { id, token } = await urls.issue(CI, '/hooks/:name');
  expect(check(token, under.time, '/hooks/:name')).toBe(id);
  expect(check(token, under.time, '/hooks')).toBeUndefined();
});

test('a further one leaves those there as they are, unless an overlap is said', async () => {
  const first = await urls.issue(CI, '/hook');
  const second = await urls.issue(CI, '/hook');
  expect([check(first.token), check(second.token)]).toEqual([first.id, second.id]);
  expect(urls.current(CI, '/hook', under.time)).toBe(second.token);
  const third = await urls.issue(CI, '/hook', 1_000);
  expect(urls.list(CI).map(({ id, notAfter }) => [id, notAfter])).toEqual([
    [third.id, undefined],
    [second.id, under.time + 1_000],
    [first.id, under.time + 1_000],
  ]);
  expect(check(first.token, under.time + 1_000)).toBe(first.id);
  expect(check(first.token, under.time + 1_001)).toBeUndefined();
  const fourth = await urls.issue(CI, '/hook', 0);
  expect(check(third.token)).toBeUndefined();
  expect(urls.list()).toEqual([
    { plugin: CI, path: '/hook', id: fourth.id, createdAt: under.time, notAfter: undefined },
  ]);
});

test('at most eight are live, and what ended makes room', async () => {
  for (let count = 0; count < 8; count += 1) await urls.issue(CI, '/hook');
  await expect(urls.issue(CI, '/hook')).rejects.toMatchObject({ code: 'secrets/too-many-urls', status: 409 });
  expect(urls.list(CI)).toHaveLength(8);
  const { id } = urls.list(CI)[0] ?? { id: '' };
  expect(await urls.revoke(CI, '/hook', id)).toBe(true);
  await urls.issue(CI, '/hook', 10);
  under.time += 11;
  await urls.issue(CI, '/hook');
  expect(urls.list(CI)).toHaveLength(2);
});

test('what is revoked opens nothing, and is said to be none the second time', async () => {
  const { id, token } = await urls.issue(CI, '/hook');
  expect(await urls.revoke(CI, '/hook', 'u-0')).toBe(false);
  expect(await urls.revoke(CI, '/hook', id)).toBe(true);
  expect(check(token)).toBeUndefined();
  expect(urls.current(CI, '/hook', under.time)).toBeUndefined();
  expect(await urls.revoke(CI, '/hook', id)).toBe(false);
  expect(await urls.revoke(CI, '/none', id)).toBe(false);
});

test('one is provided where there is none, and no second one', async () => {
  await urls.provide(CI, '/hook');
  const token = urls.current(CI, '/hook', under.time);
  await urls.provide(CI, '/hook');
  expect([urls.current(CI, '/hook', under.time), urls.list(CI).length]).toEqual([token, 1]);
});

test('hosts that ask at the same moment agree: one is provided, and each that is issued stays', async () => {
  const other = open();
  await Promise.all([urls.provide(CI, '/hook'), other.provide(CI, '/hook'), urls.provide(CI, '/hook')]);
  expect(urls.list(CI)).toHaveLength(1);
  const issued = await Promise.all([
    urls.issue(CI, '/hook'),
    other.issue(CI, '/hook'),
    urls.issue(CI, '/hook'),
  ]);
  for (const { id, token } of issued) {
    expect(check(token)).toBe(id);
    expect(other.check(CI, '/hook', token, under.time)).toBe(id);
  }
  expect(urls.list(CI)).toHaveLength(4);
});

test('neither the store nor a log line holds a token', async () => {
  const { id, token } = await urls.issue(CI, '/hook');
  await urls.revoke(CI, '/hook', (await urls.issue(CI, '/hook')).id);
  const [stored] = under.database.shared.list('signed-urls');
  expect(stored?.name).toBe(`${CI}//hook`);
  expect(stored?.value).toContain(id);
  expect(stored?.value).not.toContain(token);
  expect(lines.join('')).toContain('a signed address was issued');
  expect(lines.join('')).not.toContain(token);
  expect(JSON.stringify(urls.list())).not.toContain(token);
});

test('what another master key sealed counts as none, and is said to be issued again', async () => {
  const { token } = await urls.issue(CI, '/hook');
  const stranger = open(2);
  expect(stranger.check(CI, '/hook', token, under.time)).toBeUndefined();
  expect(lines.join('')).toMatch(/url-token cannot be opened and counts as none; issue another one/);
});

test('what is closed hears of no more changes', async () => {
  const other = open();
  other.close();
  const { token } = await urls.issue(CI, '/hook');
  expect(other.check(CI, '/hook', token, under.time)).toBeUndefined();
});
