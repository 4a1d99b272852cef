import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHost } from '../../src/host';
import { run, Signals, type Ran } from './command-line';

const plugin = (name: string) => `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: '${name}', version: '1.0.0', name: 'x', description: '' });
plugin.post('/now', { access: { signature: 'github', secret: 'TOKEN' } }, ({ headers, verified }) => ({
  names: [...headers].map(([name]) => name.toLowerCase()), scheme: verified.scheme,
}));
plugin.get('/open', { access: 'public' }, () => 'open');
plugin.secret('TOKEN', { description: 'x', required: true });
`;

interface Answered {
  readonly declined?: true;
  readonly status?: number;
  readonly body?: string;
}

/** Stands for a public host that somebody else took over. */
let remote: Server;
let folder: string;
let printed = '';
let ran: Promise<Ran>;
let stream: ServerResponse | undefined;
const answers = new Map<string, Answered>();
const signals = new Signals();

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await sleep(20))
    if (Date.now() > end) throw new Error(`it never came to that: ${printed}`);
}

beforeAll(async () => {
  remote = createServer((request, response) => {
    if (request.url?.startsWith('/api/operator/pulls?plugin=acme.ci') === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      stream = response;
      return;
    }
    const id = /\/pulls\/([^/]+)\/answer$/.exec(request.url ?? '')?.[1] ?? '';
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      answers.set(id, JSON.parse(text) as Answered);
      response.setHeader('content-type', 'application/json').end('{"taken":false}');
    });
  });
  await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve));
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-hostile-'));
  for (const name of ['ci', 'other']) {
    mkdirSync(path.join(folder, 'plugins', name), { recursive: true });
    writeFileSync(path.join(folder, 'plugins', name, 'index.ts'), plugin(name));
  }
  const from = `http://127.0.0.1:${(remote.address() as AddressInfo).port}`;
  ran = run(['dev', '--from', from, '--token', 'x', '--plugin', 'acme.ci'], {
    ...{ cwd: folder, signals, env: { GATEHOUSE_PORT: '0' } },
    startHost: async (options) => startHost(options),
    stdout: { isTTY: false, write: (text) => (printed += text) },
    stderr: { write: (text) => (printed += text) },
  });
  await until(() => stream !== undefined);
});
afterAll(async () => {
  signals.emit('SIGINT', 'SIGINT');
  await ran;
  remote.closeAllConnections();
  await new Promise((resolve) => remote.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function hand(id: string, more: Record<string, unknown>): Promise<Answered | undefined> {
  const request = {
    ...{
      id,
      host: 'host-7',
      plugin: 'acme.ci',
      endpoint: 'POST /now',
      method: 'POST',
      headers: [],
      body: '',
    },
    ...{ verified: { scheme: 'github', secretId: 'x', at: 0, bodySigned: true } },
    ...more,
  };
  stream?.write(`data: ${JSON.stringify(request)}\n\n`);
  await until(() => answers.has(id));
  return answers.get(id);
}

test.each([
  ['makes no token', { target: '/api/operator/tokens', body: btoa('{"name":"x","scopes":["admin"]}') }],
  ['lists nothing of the operator', { method: 'GET', target: '/api/operator/plugins' }],
  ['calls no tool', { target: '/mcp', body: btoa('{"jsonrpc":"2.0","id":1,"method":"tools/list"}') }],
  ['sees nothing of the host', { method: 'GET', target: '/healthz' }],
  ['reaches no other plugin', { method: 'GET', target: '/api/plugin/acme.other/open' }],
  [
    'reaches no plugin that was not asked for',
    { plugin: 'acme.other', target: '/api/plugin/acme.other/now' },
  ],
])('a host that is pulled from %s', async (name, more) => {
  const headers = [
    ['Host', 'hooks.example.org'],
    ['content-type', 'application/json'],
  ];
  expect(await hand(name.replaceAll(' ', '-'), { headers, ...more })).toEqual({ declined: true });
});

test('what it says to open anything is left out, and an answer that is not taken is told loudly', async () => {
  const names = ['Host', 'Authorization', 'Cookie', 'X-Gatehouse-Pulled', 'x-gatehouse-csrf', 'x-own'];
  const headers = names.map((name) => [name, 'x']);
  const { status, body } = (await hand('right', { target: '/api/plugin/acme.ci/now', headers })) ?? {};
  const { scheme, names: got } = JSON.parse(atob(body ?? '')) as { scheme: string; names: string[] };
  expect([status, scheme]).toEqual([200, 'github']);
  expect(got).toContain('x-own');
  expect(got.filter((name) => /authorization|cookie|gatehouse/.test(name))).toEqual([]);
  await until(() => /went to another host than host-7/.test(printed));
});

test('why it is dropped is told', async () => {
  stream?.end('data: {"note":"3 requests in a row were not answered"}\n\n');
  await until(() => /acme\.ci is not pulled: 3 requests in a row were not answered/.test(printed));
});
