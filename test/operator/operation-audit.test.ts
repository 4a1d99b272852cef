import { connectOperator } from '../../src/operator/operator-client';
import type { AuditEntry } from '../../src/core/ports/audit';
import { operations } from '../../src/operator/operations/operations';
import { StoredTokens } from '../../src/operator/tokens';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { startInboxHost, type InboxHost } from './inbox-host';
import { TOKEN } from './operator-host';

let under: SecretsUnderTest;
let tokens: StoredTokens;
let host: InboxHost;
beforeAll(async () => {
  under = await openSecrets();
  const { logger } = keptLogger();
  tokens = new StoredTokens({ shared: under.database.shared, clock: { now: () => under.time }, logger });
  host = await startInboxHost({ tokens, secrets: under.secrets });
});
afterAll(async () => {
  tokens.close();
  await host.close();
  await under.close();
});

async function ask(method: string, path: string, body?: unknown, token = TOKEN) {
  const response = await fetch(`${host.operator.url}/api/operator${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as any };
}
const written = async (verb: string): Promise<AuditEntry | undefined> =>
  (await host.audit.list({ verb }, { limit: 1 })).items[0];

test('a change of a plugin is written with what it was and what it is', async () => {
  await ask('POST', '/plugins/acme.ci/disable');
  expect(await written('plugins.disable')).toMatchObject({
    ...{ who: 'operator', via: 'token', subject: 'acme.ci', outcome: 'done' },
    before: { state: 'live', generation: 1 },
    after: { state: 'disabled', generation: 0 },
  });
  await ask('POST', '/plugins/acme.broken/reload');
  expect(await written('plugins.reload')).toMatchObject({ outcome: 'plugin/load-failed' });
});

test('a change through the socket has no address', async () => {
  await connectOperator({ socketPath: host.operator.socketPath }).enable('acme.ci');
  expect(await written('plugins.enable')).toMatchObject({ via: 'socket', ip: undefined });
});

test('secrets are named, and their values known by ids; none stands anywhere', async () => {
  const { body: set } = await ask('PUT', '/secrets/acme.ci/GITHUB', { value: 'correct-horse' });
  expect(await written('secrets.set')).toMatchObject({ subject: 'acme.ci/GITHUB', after: { id: set.id } });
  const { body: made } = await ask('POST', '/secrets/acme.ci/GITHUB/rotate', {
    generate: true,
    overlapMs: 0,
  });
  expect(await written('secrets.rotate')).toMatchObject({ after: { id: made.id }, outcome: 'done' });
  await ask('PUT', '/secrets/acme.ci/GITHUB', { value: 'correct-horse', 'correct-horse': 1 });
  expect(await written('secrets.set')).toMatchObject({ outcome: 'secrets/bad-request', after: undefined });
  const { body: token } = await ask('POST', '/tokens', { name: 'ci', scopes: ['read'] });
  expect(await written('tokens.create')).toMatchObject({
    subject: 'ci',
    after: { name: 'ci', scopes: ['read'] },
  });
  await ask('POST', '/tokens', { name: 'ci', scopes: ['read'], value: 'correct-horse' });
  expect(await written('tokens.create')).toMatchObject({ outcome: 'tokens/bad-request', after: undefined });
  await ask('DELETE', '/tokens/ci');
  expect(await written('tokens.revoke')).toMatchObject({ subject: 'ci', before: { scopes: ['read'] } });
  const everything = JSON.stringify((await host.audit.list({}, { limit: 200 })).items);
  for (const value of ['correct-horse', made.value, token.value]) expect(everything).not.toContain(value);
});

test('a preview is none, and a change of many says how many', async () => {
  await host.enqueue('one', { runAt: Date.now() + 3_600_000 });
  const selection = { filter: { states: ['later'] } };
  await ask('POST', '/inbox/jobs/drop', { ...selection, dryRun: true });
  expect(await written('inbox.drop')).toBeUndefined();
  await ask('POST', '/inbox/jobs/drop', selection);
  expect(await written('inbox.drop')).toMatchObject({ subject: 'jobs', after: { ...selection, changed: 1 } });
  await ask('POST', '/inbox/pause', { plugin: 'acme.ci', name: 'work', reason: 'too many' });
  expect(await written('inbox.pause')).toMatchObject({
    subject: 'acme.ci work',
    after: { reason: 'too many' },
  });
});

test('who took jobs along is written, with the filter', async () => {
  await ask('GET', '/inbox/export?plugin=acme.ci');
  expect(await written('inbox.export')).toMatchObject({ after: { filter: { plugin: 'acme.ci' } } });
});

test('the audit itself is read by its filters, and one misspelt lists nothing', async () => {
  const { body } = await ask('GET', '/audit?verb=plugins.disable&limit=1');
  expect(body.items).toMatchObject([{ verb: 'plugins.disable', subject: 'acme.ci' }]);
  for (const query of ['?verbs=x', '?since=soon', '?who=a&who=b', '?limit=0', '?after=x'])
    expect(await ask('GET', `/audit${query}`)).toMatchObject({
      status: 400,
      body: { code: 'inbox/bad-request' },
    });
});

test('what is answered is what the table says', async () => {
  const receipt = await host.deliver('good');
  await host.reached('succeeded', 1);
  const [job] = (await host.desk.jobs({})).items;
  const paths: Record<string, string> = {
    '/inbox/receipts/:id': `/inbox/receipts/${receipt}`,
    '/inbox/jobs/:id': `/inbox/jobs/${job?.id}`,
    '/deliveries/:id': `/deliveries/${receipt}`,
    '/deliveries/:id/fixture': `/deliveries/${receipt}/fixture`,
    '/explain': '/explain?method=GET&path=/x',
  };
  const answered: string[] = [];
  for (const { id, method, path, answer, run } of operations) {
    if (method !== 'GET' || run === undefined) continue;
    const { status, body } = await ask('GET', paths[path] ?? path.replace(':key', 'acme.ci'));
    if (status !== 200) continue;
    answered.push(id);
    expect([id, answer?.safeParse(body).error]).toEqual([id, undefined]);
  }
  for (const id of [
    'plugins.list',
    'inbox.receipt',
    'inbox.job',
    'secrets.list',
    'tokens.list',
    'audit.list',
  ])
    expect(answered).toContain(id);
});
