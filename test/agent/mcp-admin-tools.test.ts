import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createMcpHandler, type McpHandler } from '../../src/agent/mcp/mcp-handler';
import { Secret } from '../../src/core/secret';
import { createHostApp } from '../../src/http/host-app';
import { createAdminTools } from '../../src/operator/admin-tools';
import { StoredAuditLog } from '../../src/operator/audit-log';
import { createOperatorAuth } from '../../src/operator/operator-auth';
import { StoredTokens } from '../../src/operator/tokens';
import { startGateway, type GatewayUnderTest } from '../http/gateway-under-test';
import { startInboxHost, type InboxHost } from '../operator/inbox-host';
import { openDatabase, type DatabaseUnderTest } from '../state/each-database';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { toolOf, ToolsYard } from './tools-yard';

const OPERATOR = 'the-operator-token';
const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-mcp-admin-'));
const yard = new ToolsYard();
const { logger, lines } = keptLogger();
let inbox: InboxHost;
let database: DatabaseUnderTest;
let under: SecretsUnderTest;
let tokens: StoredTokens;
let audit: StoredAuditLog;
let mcp: McpHandler;
let host: GatewayUnderTest;
const clients: Client[] = [];

beforeAll(async () => {
  inbox = await startInboxHost();
  database = await openDatabase('sqlite', path.join(folder, 'audit.db'));
  under = await openSecrets({}, path.join(folder));
  tokens = new StoredTokens({ shared: under.database.shared, clock: { now: () => under.time }, logger });
  audit = new StoredAuditLog({ database: database.database, logger, keepMs: 86_400_000 });
  yard.seat(
    'acme.ci',
    toolOf('say', () => 'hello'),
  );
  const app = createHostApp({ trustProxy: false }, () => true);
  const { operator } = inbox.operator;
  mcp = createMcpHandler({
    ...{ tools: yard.calls, logger, version: '1.2.3' },
    adminTools: createAdminTools({ operator, logger, audit }),
    auth: createOperatorAuth(new Secret(OPERATOR), tokens),
    settings: {
      host: '127.0.0.1',
      publicUrl: undefined,
      limits: { bodyBytes: 100_000, storedBodyBytes: 1, jsonBytes: 100_000 } as never,
    },
  });
  app.use('/mcp', mcp.router);
  host = await startGateway({ app });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await mcp.close();
  await host.close();
  tokens.close();
  await Promise.all([under.close(), database.close(), inbox.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function connected(token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${host.base}/mcp`), { requestInit }));
  clients.push(client);
  return client;
}
const tokenWith = async (name: string, ...scopes: string[]) =>
  (await tokens.create({ name, scopes })).value.reveal();
const namesOf = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name);
const call = async (client: Client, name: string, input: Record<string, unknown> = {}) => {
  const result: any = await client.callTool({ name, arguments: input });
  return {
    isError: result.isError === true,
    output: result.structuredContent,
    text: result.content[0]?.text,
  };
};

test('the operator sees the tools of plugins and the operations, each with what it takes', async () => {
  const { tools } = await (await connected(OPERATOR)).listTools();
  expect(tools[0]?.name).toBe('acme_ci__say');
  expect(tools).toContainEqual(
    expect.objectContaining({
      name: 'gatehouse_plugins_reload',
      title: 'plugins.reload',
      description: 'Load a plugin again; answers after the swap.',
      inputSchema: expect.objectContaining({
        type: 'object',
        properties: { key: { type: 'string' } },
        required: ['key'],
        additionalProperties: false,
      }),
      annotations: { readOnlyHint: false, destructiveHint: false },
    }),
  );
  const list = tools.find(({ name }) => name === 'gatehouse_inbox_jobs');
  expect(list?.annotations?.readOnlyHint).toBe(true);
  expect(Object.keys(list?.inputSchema.properties ?? {})).toEqual(
    expect.arrayContaining(['plugin', 'states', 'limit', 'after']),
  );
});

test('reloads a plugin, and tells when that failed; both are written as asked for by an agent', async () => {
  const client = await connected(OPERATOR);
  const reloaded = await call(client, 'gatehouse_plugins_reload', { key: 'acme.ci' });
  expect(reloaded).toMatchObject({ isError: false, output: { ok: true, state: 'live' } });
  const broken = await call(client, 'gatehouse_plugins_reload', { key: 'acme.broken' });
  expect(broken).toMatchObject({ isError: true, output: { failure: { code: 'plugin/load-failed' } } });
  const unknown = await call(client, 'gatehouse_plugins_reload', { key: 'acme.none' });
  expect([unknown.isError, unknown.text]).toEqual([true, expect.stringContaining('acme.none')]);
  const { items } = await audit.list({ verb: 'plugins.reload' });
  expect(items.map(({ subject, outcome, via, who }) => [subject, outcome, via, who])).toEqual([
    ['acme.none', 'plugin/unknown', 'mcp', 'operator'],
    ['acme.broken', 'plugin/load-failed', 'mcp', 'operator'],
    ['acme.ci', 'done', 'mcp', 'operator'],
  ]);
});

test('lists dead letters and runs them again', async () => {
  const id = await inbox.enqueue('bad');
  await inbox.reached('dead', 1);
  const client = await connected(await tokenWith('mender', 'replay'));
  const found = await call(client, 'gatehouse_inbox_jobs', { states: 'dead', limit: 5 });
  expect(found.output.items).toMatchObject([{ id, state: 'dead' }]);
  inbox.mend();
  const preview = await call(client, 'gatehouse_inbox_retry', { ids: [id], dryRun: true });
  expect(preview.output).toEqual({ count: 1 });
  expect((await call(client, 'gatehouse_inbox_retry', { ids: [id] })).output).toMatchObject({ changed: 1 });
  await inbox.reached('succeeded', 1);
  expect((await audit.list({ verb: 'inbox.retry' })).items).toMatchObject([
    { who: 'mender', via: 'mcp', after: { ids: [id], changed: 1 } },
  ]);
});

test('a token that may read sees nothing that changes, and may not call it either', async () => {
  const client = await connected(await tokenWith('reader', 'read'));
  const { tools } = await client.listTools();
  expect(tools.length).toBeGreaterThan(20);
  expect(tools.filter(({ annotations }) => annotations?.readOnlyHint !== true)).toEqual([]);
  expect(await namesOf(client)).not.toContain('acme_ci__say');
  await expect(call(client, 'gatehouse_plugins_disable', { key: 'acme.ci' })).rejects.toThrow(
    'There is no tool of that name, or not for this token',
  );
  const shown = await call(client, 'gatehouse_urls_list', { key: 'acme.ci', show: 'true' });
  expect([shown.isError, shown.text]).toEqual([true, expect.stringContaining('the scope "secrets"')]);
});

test('a token for tools alone sees those of plugins alone, and one for nothing here is nobody', async () => {
  expect(await namesOf(await connected(await tokenWith('caller', 'tools')))).toEqual(['acme_ci__say']);
  await expect(connected(await tokenWith('shop', 'app:shop'))).rejects.toThrow();
});

test.each([
  [{}, 'key is missing'],
  [{ key: '' }, 'key is missing'],
  [{ key: { a: 1 } }, 'key is a text'],
  [{ key: 'acme.ci', other: 1 }, 'the input knows key, and no other member'],
])('the input %j is refused', async (input, why) => {
  const refused = await call(await connected(OPERATOR), 'gatehouse_plugins_reload', input);
  expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining(why)]);
});

test('what nobody meant stands in the log, not in the answer', async () => {
  const { operator } = inbox.operator;
  const spoiled = Object.create(operator, {
    deprecations: { value: () => Promise.reject(new Error('hunter2')) },
  }) as typeof operator;
  const tools = createAdminTools({ operator: spoiled, logger });
  await expect(
    tools.call({
      ...{ name: 'gatehouse_deprecations_list', input: undefined, ip: undefined },
      identity: { name: 'a', scopes: ['admin'] },
      signal: new AbortController().signal,
    }),
  ).rejects.toThrow('hunter2');
  expect(lines.at(-1)).toContain('gatehouse_deprecations_list');
});
