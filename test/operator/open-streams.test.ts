import { once } from 'node:events';
import http from 'node:http';
import { PullDesk } from '../../src/operator/pull-desk';
import { StoredTokens } from '../../src/operator/tokens';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { startInboxHost, type InboxHost } from './inbox-host';
import { TOKEN } from './operator-host';

let under: SecretsUnderTest;
let tokens: StoredTokens;
let host: InboxHost;
const pulls = new PullDesk();
beforeAll(async () => {
  under = await openSecrets();
  const { logger } = keptLogger();
  tokens = new StoredTokens({ shared: under.database.shared, clock: { now: () => under.time }, logger });
  host = await startInboxHost({ tokens, pulls });
});
afterAll(async () => {
  tokens.close();
  await host.close();
  await under.close();
});

const made = async (name: string, scopes: string[]) => (await tokens.create({ name, scopes })).value.reveal();

/** An answer whose head is there. */
async function open(verb: string, token = TOKEN): Promise<http.IncomingMessage> {
  const headers = { authorization: `Bearer ${token}` };
  const request = http.get(`${host.operator.url}/api/operator/${verb}`, { headers, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return response;
}
const ended = async (response: http.IncomingMessage) => once(response.resume(), 'end');

test('whoever begins to pull is written at once', async () => {
  const stream = await open('pulls?plugin=acme.ci');
  expect((await host.audit.list({ verb: 'pulls.follow' }, { limit: 1 })).items).toMatchObject([
    { who: 'operator', subject: 'acme.ci', outcome: 'begun' },
  ]);
  stream.destroy();
});

test('a stream of one whose token is revoked ends', async () => {
  const stream = await open('pulls', await made('laptop', ['deliveries']));
  await tokens.revoke('laptop');
  await ended(stream);
  expect((await open('pulls', 'gone')).statusCode).toBe(401);
});

test('one whose token has expired hears of no change any more', async () => {
  const value = (await tokens.create({ name: 'viewer', scopes: ['read'], expiresMs: 3_600_000 })).value;
  const stream = await open('changes', value.reveal());
  under.time += 3_600_001;
  let heard = '';
  stream.on('data', (chunk) => (heard += String(chunk)));
  const over = ended(stream);
  await host.enqueue('one');
  await over;
  expect(heard).not.toContain('data:');
});

test('of one holder at most 50 are open, and one that ends makes room', async () => {
  const value = await made('many', ['read']);
  const streams = await Promise.all(Array.from({ length: 50 }, () => open('changes', value)));
  expect(streams.map(({ statusCode }) => statusCode)).toEqual(streams.map(() => 200));
  const refused = await open('changes', value);
  expect(refused.statusCode).toBe(429);
  const [body] = (await once(refused, 'data')) as [Buffer];
  expect(JSON.parse(String(body))).toMatchObject({ code: 'operator/too-many-streams' });
  const other = await open('changes');
  expect(other.statusCode).toBe(200);
  other.destroy();
  streams.pop()?.destroy();
  const end = Date.now() + 5_000;
  let again = await open('changes', value);
  for (; again.statusCode !== 200 && Date.now() < end; again = await open('changes', value)) again.destroy();
  expect(again.statusCode).toBe(200);
  for (const stream of [...streams, again]) stream.destroy();
});
