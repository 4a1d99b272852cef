import { scopeIssue, holdsScope } from '../../src/core/scopes';
import { StoredTokens } from '../../src/operator/tokens';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';

const HOUR_MS = 3_600_000;
let under: SecretsUnderTest;
let tokens: StoredTokens;
let lines: string[];
const opened: StoredTokens[] = [];
const open = () => {
  const kept = keptLogger();
  lines = kept.lines;
  const made = new StoredTokens({
    ...{ shared: under.database.shared, logger: kept.logger },
    clock: { now: () => under.time },
  });
  opened.push(made);
  return made;
};
beforeEach(async () => {
  under = await openSecrets();
  tokens = open();
});
afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  await under.close();
});

const made = async (name: string, ...scopes: string[]) =>
  (await tokens.create({ name, scopes })).value.reveal();

describe('a token', () => {
  test('is told once, and known by what it may and whose it is', async () => {
    const { token, value } = await tokens.create({
      ...{ name: 'ci-agent', scopes: ['tools', 'app:my-app', 'tools'], user: 'u1', roles: ['editor'] },
      expiresMs: 1_000,
    });
    expect(value.reveal()).toMatch(/^gth_[\w-]{43}$/);
    expect(tokens.identify(value.reveal())).toEqual({
      ...{ name: 'ci-agent', scopes: ['tools', 'app:my-app'], user: 'u1', roles: ['editor'] },
    });
    expect(token).toMatchObject({ createdAt: under.time, notAfter: under.time + 1_000 });
    expect(JSON.stringify([token, await tokens.list()])).not.toMatch(/gth_|digest/);
  });

  test('is stored and logged as nothing that opens anything', async () => {
    const value = await made('a', 'read');
    const { shared } = under.database;
    expect(JSON.stringify([shared.list('tokens'), lines])).not.toContain(value.slice(4));
  });

  test('is nobody’s when it is another', async () => {
    const value = await made('a', 'read');
    for (const other of ['', 'gth_', `${value}x`, value.slice(0, -1), value.toUpperCase(), value.slice(4)])
      expect(tokens.identify(other)).toBeUndefined();
  });

  test('counts until its end, and not in that millisecond', async () => {
    const { value } = await tokens.create({ name: 'a', scopes: ['read'], expiresMs: 1_000 });
    under.time += 999;
    expect(tokens.identify(value.reveal())).toBeDefined();
    under.time += 1;
    expect(tokens.identify(value.reveal())).toBeUndefined();
  });

  test('that was revoked counts no longer, here and for whoever opens the same state', async () => {
    const value = await made('a', 'read');
    const other = open();
    expect(other.identify(value)).toBeDefined();
    expect(await tokens.revoke('a')).toBe(true);
    expect([tokens.identify(value), other.identify(value)]).toEqual([undefined, undefined]);
    expect(await tokens.revoke('a')).toBe(false);
  });

  test('keeps its name while it counts; one that ended gives it away', async () => {
    const { value } = await tokens.create({ name: 'a', scopes: ['read'], expiresMs: 1_000 });
    await expect(tokens.create({ name: 'a', scopes: ['tools'] })).rejects.toMatchObject({
      code: 'tokens/taken',
      status: 409,
    });
    under.time += 1_000;
    const fresh = await made('a', 'tools');
    expect(tokens.identify(value.reveal())).toBeUndefined();
    expect(tokens.identify(fresh)?.scopes).toEqual(['tools']);
  });

  test('of two that are made at once under one name one is made', async () => {
    const both = await Promise.allSettled([made('a', 'read'), made('a', 'tools')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('is noted as used once an hour, and requests do not write in between', async () => {
    const value = await made('a', 'read');
    expect((await tokens.list())[0]).not.toHaveProperty('lastUsedAt');
    under.time += 1;
    const first = under.time;
    const writes: string[] = [];
    const stop = under.database.shared.onChange('token-uses', (name) => writes.push(name));
    tokens.identify(value);
    under.time += HOUR_MS - 1;
    tokens.identify(value);
    expect((await tokens.list())[0]).toMatchObject({ lastUsedAt: first });
    under.time += 1;
    tokens.identify(value);
    expect((await tokens.list())[0]).toMatchObject({ lastUsedAt: first + HOUR_MS });
    // A commit comes after those before it.
    await made('b', 'read');
    expect(writes).toEqual(['a', 'a']);
    expect((await open().list())[0]).toMatchObject({ lastUsedAt: first + HOUR_MS });
    stop();
  });

  test('that cannot be read lets nobody in and can be revoked', async () => {
    await under.database.shared.put('tokens', 'odd', '{"scopes":["admin"],"createdAt":1,"digest":"AAAA"}');
    expect(await tokens.list()).toEqual([]);
    expect(lines.join('')).toContain('a token cannot be read');
    expect(await tokens.revoke('odd')).toBe(true);
  });
});

test('there are 256 at most', async () => {
  for (let count = 0; count < 256; count += 1) await made(`t${count}`, 'read');
  await expect(made('more', 'read')).rejects.toMatchObject({ code: 'tokens/too-many' });
});

test.each<[string, unknown]>([
  ['no object', 'x'],
  ['no name', { scopes: ['read'] }],
  ['a name with a space', { name: 'a b', scopes: ['read'] }],
  ['the operator’s name', { name: 'Operator', scopes: ['read'] }],
  ['no scope', { name: 'a', scopes: [] }],
  ['an unknown scope', { name: 'a', scopes: ['write'] }],
  ['tools of no key', { name: 'a', scopes: ['tools:x'] }],
  ['an app without a name', { name: 'a', scopes: ['app:'] }],
  ['a user with a line end', { name: 'a', scopes: ['read'], user: 'a\nb' }],
  ['roles that are none', { name: 'a', scopes: ['read'], roles: [1] }],
  ['no time', { name: 'a', scopes: ['read'], expiresMs: 0 }],
  ['too long a time', { name: 'a', scopes: ['read'], expiresMs: 1e15 }],
  ['a further member', { name: 'a', scopes: ['read'], value: 'mine' }],
])('%s is refused', async (_what, request) => {
  await expect(tokens.create(request as never)).rejects.toMatchObject({
    code: 'tokens/bad-request',
    status: 400,
  });
});

test.each([
  [['admin'], 'tools:acme.ci', true],
  [['tools'], 'tools:acme.ci', true],
  [['tools:acme.ci'], 'tools:acme.ci', true],
  [['tools:acme.ci'], 'tools', false],
  [['tools:acme.ci'], 'tools:acme.cd', false],
  [['tools'], 'app:x', false],
  [['app:x'], 'app:x', true],
  [['read', 'tools'], 'admin', false],
])('%j holds %s: %s', (held, wanted, holds) => {
  expect(holdsScope(held, wanted)).toBe(holds);
});

test('a scope that is none is told what was meant', () => {
  expect(scopeIssue('tool')).toBe('"tool" is no scope (did you mean "tools"?)');
  expect(scopeIssue('x'.repeat(1_000))?.length).toBeLessThan(200);
});
