import winston from 'winston';
import { Secret } from '../../src/core/secret';
import { createLogRing } from '../../src/operator/log-ring';
import { connectOperator } from '../../src/operator/operator-client';
import type { Operator } from '../../src/operator/operator';
import { StoredTokens } from '../../src/operator/tokens';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { startInboxHost, type InboxHost } from './inbox-host';
import { operatorConformance } from './operator-conformance';
import { TOKEN } from './operator-host';

let under: SecretsUnderTest;
let tokens: StoredTokens;
let host: InboxHost;
beforeAll(async () => {
  under = await openSecrets();
  const { logger } = keptLogger();
  tokens = new StoredTokens({ shared: under.database.shared, clock: { now: () => under.time }, logger });
  const logs = createLogRing();
  winston.createLogger({ transports: [logs.transport] }).info('the last line');
  host = await startInboxHost({ tokens, logs, secrets: under.secrets });
  const by = { who: 'writer', via: 'host', ip: undefined, before: undefined, outcome: 'done' } as const;
  await host.audit.record({ ...by, verb: 'plugins.reload', subject: 'first', after: undefined });
  await host.audit.record({ ...by, verb: 'plugins.reload', subject: 'second', after: { state: 'live' } });
});
afterAll(async () => {
  tokens.close();
  await host.close();
  await under.close();
});

const faces: Record<string, () => Operator> = {
  'in the same process': () => host.operator.operator,
  'over HTTP': () => connectOperator({ url: host.operator.url, token: new Secret(TOKEN) }),
  'through the socket': () => connectOperator({ socketPath: host.operator.socketPath }),
};
for (const [name, face] of Object.entries(faces))
  operatorConformance(name, () => ({ operator: face(), host }));

test('who holds too little is told what is missing, by its code', async () => {
  const { value } = await tokens.create({ name: 'reader', scopes: ['read'] });
  const operator = connectOperator({ url: host.operator.url, token: value });
  expect(await operator.plugins()).toHaveLength(3);
  await expect(operator.reload('acme.ci')).rejects.toMatchObject({
    code: 'operator/scope',
    message: expect.stringContaining('"plugins"'),
  });
});

test('a stream that cannot begin is told as any other question', async () => {
  const operator = connectOperator({ url: host.operator.url, token: new Secret('wrong') });
  const changes = operator.changes.follow(new AbortController().signal)[Symbol.asyncIterator]();
  await expect(changes.next()).rejects.toMatchObject({ code: 'operator/token-refused' });
});
