import http from 'node:http';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport, type ClientOptions } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { createMcpHandler, type McpHandler } from '../../src/agent/mcp/mcp-handler';
import { HostError } from '../../src/core/errors';
import { HttpError } from '../../src/core/http-error';
import { Secret } from '../../src/core/secret';
import type { ToolContext } from '../../src/core/tool-call';
import { createHostApp } from '../../src/http/host-app';
import { createOperatorAuth } from '../../src/operator/operator-auth';
import { StoredTokens } from '../../src/operator/tokens';
import { keyOf } from '../core/plain-mount';
import { eventually as until, startGateway, type GatewayUnderTest } from '../http/gateway-under-test';
import { openSecrets, keptLogger, type SecretsUnderTest } from '../state/secrets-under-test';
import { toolOf, ToolsYard } from './tools-yard';

const OPERATOR = 'the-operator-token';
const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-mcp-'));
const yard = new ToolsYard();
const { logger, lines } = keptLogger();
let under: SecretsUnderTest;
let tokens: StoredTokens;
let mcp: McpHandler;
let host: GatewayUnderTest;
let waiting: ToolContext | undefined;
const clients: Client[] = [];

beforeAll(async () => {
  under = await openSecrets({}, folder);
  tokens = new StoredTokens({ shared: under.database.shared, clock: { now: () => under.time }, logger });
  const app = createHostApp({ trustProxy: false }, () => true);
  mcp = createMcpHandler({
    ...{ tools: yard.calls, logger, version: '1.2.3' },
    auth: createOperatorAuth(new Secret(OPERATOR), tokens),
    settings: {
      host: '127.0.0.1',
      publicUrl: 'https://hooks.example.com',
      limits: { bodyBytes: 100_000, storedBodyBytes: 1, jsonBytes: 100_000 } as never,
    },
    onToolsChange: (changed) => yard.table.onChange(changed),
  });
  app.use('/mcp', mcp.router);
  host = await startGateway({ app });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await mcp.close();
  await host.close();
  tokens.close();
  await under.close();
});
beforeEach(() => {
  yard.seat(
    'acme.ci',
    toolOf('last_build', ({ branch }: any, { caller }) => ({ branch, by: caller }), {
      description: 'The last build of a branch.',
      input: z.object({ branch: z.string() }),
    }),
    toolOf('say', () => 'plain text'),
    toolOf('refuse', () => {
      throw new HttpError(409, 'it is running');
    }),
    toolOf('break', () => {
      throw new Error('the password is hunter2');
    }),
    toolOf('wait', (_input, context) => ((waiting = context), new Promise(() => undefined))),
  );
  yard.seat(
    'acme.bots',
    toolOf('talk', () => [1, 2]),
  );
});

async function connected(token: string, options: ClientOptions = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, options);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${host.base}/mcp`), { requestInit }));
  clients.push(client);
  return client;
}
const namesOf = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name);
const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text;

describe.each([
  ['of 2025', 'legacy' as const],
  ['of 2026', 'auto' as const],
])('a client %s', (_era, mode) => {
  const options = { versionNegotiation: { mode } };

  test('lists the tools of all plugins and calls them', async () => {
    const client = await connected(OPERATOR, options);
    expect(client.getServerVersion()).toMatchObject({ name: 'gatehouse', version: '1.2.3' });
    expect((await client.listTools()).tools).toContainEqual(
      expect.objectContaining({
        name: 'acme_ci__last_build',
        title: 'acme.ci last_build',
        description: 'The last build of a branch.',
        inputSchema: expect.objectContaining({ type: 'object', required: ['branch'] }),
      }),
    );
    const result = await client.callTool({ name: 'acme_ci__last_build', arguments: { branch: 'main' } });
    const output = { branch: 'main', by: { kind: 'agent', id: 'operator' } };
    expect(result).toMatchObject({ structuredContent: output });
    expect(JSON.parse(textOf(result) ?? '')).toEqual(output);
    expect(textOf(await client.callTool({ name: 'acme_ci__say' }))).toBe('plain text');
    expect(textOf(await client.callTool({ name: 'acme_bots__talk' }))).toBe('[1,2]');
  });

  test('hears of what went wrong as a result that is an error', async () => {
    const client = await connected(OPERATOR, options);
    const error = async (name: string, args = {}) => {
      const result = await client.callTool({ name, arguments: args });
      return [result.isError, textOf(result)];
    };
    expect(await error('acme_ci__last_build', { branch: 1 })).toEqual([
      true,
      expect.stringContaining('branch: Invalid input: expected string'),
    ]);
    expect(await error('acme_ci__refuse')).toEqual([true, 'it is running']);
    const [isError, text] = await error('acme_ci__break');
    expect([isError, text]).toEqual([true, new HostError('tools/failed', ['acme.ci', 'break']).message]);
    expect(text).not.toContain('hunter2');
    await expect(client.callTool({ name: 'acme_ci__none' })).rejects.toMatchObject({ code: -32602 });
  });

  test('has no tool of a plugin that was disabled', async () => {
    const client = await connected(OPERATOR, options);
    expect(await namesOf(client)).toContain('acme_ci__say');
    yard.table.remove(keyOf('acme.ci'));
    const later = await connected(OPERATOR, options);
    expect(await namesOf(later)).toEqual(['acme_bots__talk']);
    await expect(later.callTool({ name: 'acme_ci__say' })).rejects.toMatchObject({ code: -32602 });
  });

  test('that leaves gives its call up', async () => {
    waiting = undefined;
    const client = await connected(OPERATOR, options);
    const leaving = new AbortController();
    const calling = client.callTool({ name: 'acme_ci__wait' }, { signal: leaving.signal });
    await until(() => waiting !== undefined);
    leaving.abort();
    await expect(calling).rejects.toThrow();
    await client.close();
    await until(() => waiting?.signal.aborted === true);
  });
});

test('a client that listens hears that tools changed', async () => {
  const heard: string[][] = [];
  const onChanged = (_error: unknown, tools: readonly { name: string }[] | null) =>
    void heard.push((tools ?? []).map(({ name }) => name));
  await connected(OPERATOR, {
    versionNegotiation: { mode: 'auto' },
    listChanged: { tools: { onChanged } },
  } as ClientOptions);
  yard.seat(
    'acme.new',
    toolOf('fresh', () => 1),
  );
  await until(() => heard.some((names) => names.includes('acme_new__fresh')));
  yard.table.remove(keyOf('acme.new'));
  await until(() => heard.at(-1)?.includes('acme_new__fresh') === false);
});

describe('who may ask', () => {
  const token = async (name: string, ...scopes: string[]) =>
    (await tokens.create({ name, scopes })).value.reveal();

  test('a token with the scope tools has all tools, one of a plugin that plugin’s alone', async () => {
    expect(await namesOf(await connected(await token('all', 'tools')))).toContain('acme_bots__talk');
    const one = await connected(await token('one', 'tools:acme.bots', 'read'));
    expect(await namesOf(one)).toEqual(['acme_bots__talk']);
    await expect(one.callTool({ name: 'acme_ci__say' })).rejects.toMatchObject({ code: -32602 });
    const several = await connected(await token('several', 'tools:acme.bots', 'tools:acme.ci'));
    expect(
      textOf(await several.callTool({ name: 'acme_ci__last_build', arguments: { branch: 'b' } })),
    ).toContain('"by":{"kind":"agent","id":"several"}');
  });

  test('a tool is told the user whose token it is', async () => {
    const { value } = await tokens.create({ name: 'phone', scopes: ['tools'], user: 'ada' });
    const result = await (
      await connected(value.reveal())
    ).callTool({ name: 'acme_ci__last_build', arguments: { branch: 'b' } });
    expect(result).toMatchObject({
      structuredContent: { by: { kind: 'agent', id: 'phone', user: 'ada' } },
    });
  });

  test('anybody else gets 401 with a challenge', async () => {
    const other = await token('other', 'read', 'app:x');
    for (const authorization of [undefined, 'Bearer wrong', `Bearer ${other}`, `Basic ${OPERATOR}`]) {
      const answer = await host.call('/mcp', post(authorization === undefined ? {} : { authorization }));
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(answer.body).toMatchObject({ code: 'request/unauthorized' });
    }
  });

  test('a token that ended or was revoked gets 401', async () => {
    const { value } = await tokens.create({ name: 'short', scopes: ['tools'], expiresMs: 1_000 });
    const ask = async () => (await host.call('/mcp', as(value.reveal()))).status;
    expect(await ask()).toBe(200);
    under.time += 1_000;
    expect(await ask()).toBe(401);
    const revoked = await token('gone', 'tools');
    expect((await host.call('/mcp', as(revoked))).status).toBe(200);
    await tokens.revoke('gone');
    expect((await host.call('/mcp', as(revoked))).status).toBe(401);
  });

  test.each([
    ['evil.example', undefined, 'tools/host-refused'],
    ['localhost', 'http://evil.example', 'tools/origin-refused'],
    ['evil.example', 'http://evil.example', 'tools/host-refused'],
    ['127.0.0.1:1', 'http://127.0.0.1:2', 'tools/origin-refused'],
    ['localhost', 'null', 'tools/origin-refused'],
    ['hooks.example.com', 'http://hooks.example.com.evil.example', 'tools/origin-refused'],
  ])('host %s and origin %s are refused', async (name, origin, code) => {
    expect(await askAs(name, origin)).toMatchObject({ status: 403, body: { code } });
  });

  test.each([
    ['hooks.example.com', 'https://hooks.example.com'],
    ['localhost:8021', 'http://localhost:8021'],
    ['[::1]', undefined],
    ['127.0.0.1:8021', undefined],
  ])('host %s and origin %s may ask', async (name, origin) => {
    expect((await askAs(name, origin)).status).toBe(200);
  });
});

test('a body that is too large is 413, what is no JSON an error, another path 404', async () => {
  const headers = as(OPERATOR).headers;
  const large = { ...LIST, params: { _meta: { x: 'x'.repeat(120_000) } } };
  expect((await host.call('/mcp', { method: 'POST', headers, body: JSON.stringify(large) })).status).toBe(
    413,
  );
  expect((await host.call('/mcp', { method: 'POST', headers, body: '{' })).status).toBe(400);
  expect((await host.call('/mcp/other', as(OPERATOR))).status).toBe(404);
  expect((await host.call('/mcp', { headers })).status).toBe(405);
});

test('no token stands in the log', () => {
  expect(lines.join('')).not.toMatch(/gth_|the-operator-token/);
});

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const post = (headers: Record<string, string>) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
  body: JSON.stringify(LIST),
});
const as = (token: string) => post({ authorization: `Bearer ${token}` });

/** Under a name that fetch would not say. */
function askAs(name: string, origin: string | undefined): Promise<{ status: number; body: unknown }> {
  const { headers, body } = as(OPERATOR);
  const sent = { ...headers, host: name, ...(origin !== undefined && { origin }) };
  return new Promise((resolve, reject) => {
    const request = http.request(`${host.base}/mcp`, { method: 'POST', headers: sent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : text }),
      );
    });
    request.on('error', reject).end(body);
  });
}
