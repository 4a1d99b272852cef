import type { IncomingMessage } from 'node:http';
import { Secret } from '../../src/core/secret';
import { SESSION_MS, Sessions } from '../../src/operator/sessions';
import { StoredTokens } from '../../src/operator/tokens';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';

const OPERATOR = 'token-of-the-operator-0123456789';

let under: SecretsUnderTest;
let tokens: StoredTokens;
let sessions: Sessions;
beforeEach(async () => {
  under = await openSecrets();
  under.time = Date.UTC(2040, 0, 2);
  const { logger } = keptLogger();
  tokens = new StoredTokens({ shared: under.database.shared, clock: { now: () => under.time }, logger });
  sessions = sessionsOf(OPERATOR);
});
afterEach(async () => {
  tokens.close();
  await under.close();
});

/** As another host of the same database has them. */
function sessionsOf(operatorToken: string): Sessions {
  const clock = { now: () => under.time };
  return new Sessions({
    shared: under.database.shared,
    clock,
    operatorToken: new Secret(operatorToken),
    tokens,
  });
}
const requestWith = (cookie: string | undefined, csrf?: string) =>
  ({
    headers: { cookie, ...(csrf !== undefined && { 'x-gatehouse-csrf': csrf }) },
  }) as unknown as IncomingMessage;
const cookieOf = (value: string) => `gatehouse_session=${value}`;

async function open(token = OPERATOR, ip = '203.0.113.9') {
  const opened = await sessions.open(token, ip);
  if (opened === undefined) throw new Error('nobody was signed in');
  const cookie = cookieOf(opened.value.reveal());
  const csrf = sessions.csrfTokenOf(requestWith(cookie)) as string;
  return { cookie, csrf, value: opened.value.reveal(), proven: requestWith(cookie, csrf) };
}
const made = async (name: string, ...scopes: string[]) =>
  (await tokens.create({ name, scopes, expiresMs: 60_000 })).value.reveal();

test('counts with its cookie and its header both, and with neither alone', async () => {
  const { cookie, csrf, proven } = await open();
  expect(sessions.identify(proven)).toEqual({ name: 'operator', scopes: ['admin'], via: 'console' });
  const another = await open();
  for (const [name, request] of Object.entries({
    'no header': requestWith(cookie),
    'an empty header': requestWith(cookie, ''),
    'no cookie': requestWith(undefined, csrf),
    'the header of another session': requestWith(cookie, another.csrf),
    'a header that is longer': requestWith(cookie, `${csrf}x`),
    'the cookie as the header': requestWith(cookie, cookie.split('=')[1]),
    'a cookie of another name': requestWith(cookie.replace('gatehouse_session', 'gatehouse_sessions'), csrf),
  }))
    expect([name, sessions.identify(request)]).toEqual([name, undefined]);
});

test('a cookie that a page put before the right one changes nothing', async () => {
  const { cookie, csrf } = await open();
  const other = await open(await made('reader', 'read'));
  const identity = sessions.identify(
    requestWith(`a=b; ${other.cookie}; ${cookie}; gatehouse_session=no`, csrf),
  );
  expect(identity?.name).toBe('operator');
});

test.each(['read', 'replay', 'plugins', 'secrets', 'deliveries', 'admin'])(
  'a token with the scope %s signs in with what it may',
  async (scope) => {
    const { proven } = await open(await made('ann', scope));
    expect(sessions.identify(proven)).toMatchObject({ name: 'ann', scopes: [scope], via: 'console' });
  },
);

test.each([[['tools']], [['tools:acme.ci', 'app:board']]])('tokens for %s alone do not', async (scopes) => {
  expect(await sessions.open(await made('tool', ...scopes), '')).toBeUndefined();
});

test('ends with its token, revoked or over, and does not begin again with a new one of that name', async () => {
  const first = await open(await made('ann', 'admin'));
  await tokens.revoke('ann');
  expect(sessions.identify(first.proven)).toBeUndefined();
  await made('ann', 'admin');
  expect(sessions.identify(first.proven)).toBeUndefined();
  const second = await open(await made('bob', 'admin'));
  under.time += 60_000;
  expect(sessions.identify(second.proven)).toBeUndefined();
  expect(sessions.csrfTokenOf(requestWith(second.cookie))).toBeUndefined();
});

test('the operator’s ends when the operator’s token is another one', async () => {
  const { proven } = await open();
  expect(sessionsOf(OPERATOR).identify(proven)?.name).toBe('operator');
  expect(sessionsOf('another-token-of-the-operator').identify(proven)).toBeUndefined();
});

test('ends after twelve hours, however busy', async () => {
  const { proven } = await open();
  under.time += SESSION_MS - 1;
  expect(sessions.current(proven)?.expiresAt).toBe(under.time + 1);
  under.time += 1;
  expect(sessions.identify(proven)).toBeUndefined();
  expect(await sessions.list()).toEqual([]);
});

test('nothing that is stored opens one, or tells a token', async () => {
  const { value, csrf } = await open();
  await open(await made('ann', 'read'));
  const stored = JSON.stringify(under.database.shared.list('sessions'));
  for (const secret of [value, csrf, OPERATOR]) expect(stored).not.toContain(secret);
});

test('is listed without what opens it, and is ended by its id', async () => {
  const first = await open();
  under.time += 1;
  const second = await open(await made('ann', 'read'), '198.51.100.7');
  const listed = await sessions.list();
  expect(listed).toEqual([
    expect.objectContaining({ name: 'ann', createdAt: under.time, ip: '198.51.100.7' }),
    expect.objectContaining({ name: 'operator', expiresAt: under.time - 1 + SESSION_MS }),
  ]);
  expect(JSON.stringify(listed)).not.toContain(second.value);
  expect(await sessions.end(listed[1]?.id ?? '')).toBe(true);
  expect(sessions.identify(first.proven)).toBeUndefined();
  expect(sessions.identify(second.proven)?.name).toBe('ann');
  expect(await sessions.end(listed[1]?.id ?? '')).toBe(false);
  expect(await sessions.end('')).toBe(false);
});

test('of one token the oldest gives way, so that nobody puts others out', async () => {
  const operator = await open();
  const token = await made('ann', 'read');
  const opened = [];
  for (let index = 0; index < 25; index += 1) {
    under.time += 1;
    opened.push(await open(token));
  }
  expect(opened.map(({ proven }) => sessions.identify(proven) !== undefined)).toEqual(
    opened.map((_one, index) => index >= 5),
  );
  expect(sessions.identify(operator.proven)?.name).toBe('operator');
});

test('of all there are a hundred: the oldest gives way, and those that ended go first', async () => {
  const opened = [];
  for (let index = 0; index < 102; index += 1) {
    under.time += 1;
    opened.push(await open(await made(`t${index}`, 'read')));
  }
  expect(await sessions.list()).toHaveLength(100);
  expect(sessions.identify(opened[1]?.proven as IncomingMessage)).toBeUndefined();
  expect(sessions.identify(opened[2]?.proven as IncomingMessage)?.name).toBe('t2');
  under.time += 60_000;
  await open();
  expect(under.database.shared.list('sessions')).toHaveLength(1);
});

test('a record that cannot be read is no session', async () => {
  const { proven } = await open();
  const [stored] = under.database.shared.list('sessions');
  for (const text of ['{', 'null', '{"of":"operator"}']) {
    await under.database.shared.put('sessions', stored?.name ?? '', text);
    expect(sessions.identify(proven)).toBeUndefined();
    expect(await sessions.list()).toEqual([]);
  }
});
