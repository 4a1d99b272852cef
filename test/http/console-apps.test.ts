import type { EndpointAccess } from '../../src/core/access';
import { GuardYard } from '../signatures/guards/guard-yard';
import { openConsole, signIn, TOKEN, type ConsoleUnderTest } from './console-under-test';
import { endpoint } from './gateway-under-test';

const BASE = '/api/apps/board/view/api/_server';

let yard: GuardYard;
let host: ConsoleUnderTest;
beforeAll(async () => {
  yard = await GuardYard.open();
  host = await openConsole({ guards: yard.guards() });
  const answers = (path: string, access: EndpointAccess) =>
    endpoint('POST', path, ({ verified, headers }) => ({ caller: verified?.caller, headers: [...headers] }), {
      access,
      isWebhook: true,
      aliases: [{ base: BASE, path, share: 'sole' }],
    });
  host.seat(
    'app.board',
    answers('/log', { scope: 'app:board' }),
    answers('/operator', 'operator'),
    answers('/reading', { scope: 'read' }),
    answers('/tools', { scope: 'tools:app.board' }),
  );
});
afterAll(async () => {
  await host.close();
  await yard.close();
});

const made = async (name: string, ...scopes: string[]) =>
  (await host.tokens.create({ name, scopes, user: 'ann', roles: ['editor'] })).value.reveal();
const post = async (path: string, headers: Record<string, string>) => {
  const answer = await fetch(`${host.base}${BASE}${path}`, { method: 'POST', headers });
  return { status: answer.status, body: (await answer.json()) as any };
};

test('who is signed in at the console is known to a `server` route of an app, and shows it nothing of that', async () => {
  const { cookie, csrf } = await signIn(host.base);
  const { status, body } = await post('/log', { cookie, 'x-gatehouse-csrf': csrf, 'x-own': 'kept' });
  expect([status, body.caller]).toEqual([200, { id: 'operator', name: 'operator', roles: [] }]);
  expect(body.headers).toContainEqual(['x-own', 'kept']);
  expect(JSON.stringify(body.headers)).not.toMatch(/gatehouse/i);
});

test('the holder of a token with the app’s scope is known by the user it was made for', async () => {
  const { cookie, csrf } = await signIn(host.base, await made('ann-reads', 'read', 'app:board'));
  const { body } = await post('/log', { cookie, 'x-gatehouse-csrf': csrf });
  expect(body.caller).toEqual({ id: 'ann', name: 'ann-reads', roles: ['editor'] });
});

test('the cookie alone, or with scopes of others, opens none', async () => {
  const { cookie } = await signIn(host.base);
  expect((await post('/log', { cookie })).status).toBe(401);
  const other = await signIn(host.base, await made('other', 'read', 'app:other'));
  expect((await post('/log', { cookie: other.cookie, 'x-gatehouse-csrf': other.csrf })).status).toBe(401);
});

test.each(['/operator', '/reading', '/tools'])(
  'what a plugin serves to the operator at %s, it serves to tokens and not to the console',
  async (path) => {
    const { cookie, csrf } = await signIn(host.base);
    expect((await post(path, { cookie, 'x-gatehouse-csrf': csrf })).status).toBe(401);
    expect((await post(path, { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  },
);
