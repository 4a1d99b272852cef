import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AuditRecord } from '../../src/core/ports/audit';
import type { Guards } from '../../src/core/ports/guards';
import { Secret } from '../../src/core/secret';
import { networkOf } from '../../src/http/client-network';
import { createConsolePages } from '../../src/http/console-pages';
import { createHostApp } from '../../src/http/host-app';
import { createPluginPages } from '../../src/http/plugin-pages';
import { createOperator } from '../../src/operator/operator';
import { createOperatorAuth } from '../../src/operator/operator-auth';
import { createOperatorRouter } from '../../src/operator/operator-router';
import { createSessionRouter } from '../../src/operator/session-router';
import { Sessions } from '../../src/operator/sessions';
import { StoredTokens } from '../../src/operator/tokens';
import { plainExplainer, PlainRegistry, pluginStatus } from '../operator/plain-registry';
import { keptLogger, openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { keyOf, startGateway, type GatewayUnderTest } from './gateway-under-test';

export const TOKEN = 'token-of-a-test-0123456789';
/** What a browser says of a page in a window of its own. */
export const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

export interface ConsoleUnderTest extends GatewayUnderTest {
  readonly sessions: Sessions;
  readonly tokens: StoredTokens;
  readonly audited: AuditRecord[];
  /** Of the host. */
  readonly lines: readonly string[];
  /** What the clock says, epoch ms. */
  readonly state: SecretsUnderTest;
  /** The folder of the plugin acme.board, whose page is `page.html`. */
  readonly folder: string;
}

interface Options {
  readonly publicUrl?: string;
  readonly trustProxy?: boolean;
  readonly isBuilt?: boolean;
  readonly guards?: Guards;
}

/** A gateway with the console, a small one, and the operator's address behind it. */
export async function openConsole({
  publicUrl,
  trustProxy = false,
  isBuilt = true,
  guards,
}: Options = {}): Promise<ConsoleUnderTest> {
  const state = await openSecrets();
  state.time = Date.now();
  const { logger, lines } = keptLogger();
  const shared = { shared: state.database.shared, clock: { now: () => state.time } };
  const tokens = new StoredTokens({ ...shared, logger });
  const sessions = new Sessions({ ...shared, operatorToken: new Secret(TOKEN), tokens });
  const auth = createOperatorAuth(new Secret(TOKEN), tokens, sessions);
  const audited: AuditRecord[] = [];
  const audit = { record: async (record: AuditRecord) => void audited.push(record) };
  const registry = new PlainRegistry([pluginStatus('acme.ci'), pluginStatus('acme.board')]);
  const operator = createOperator({ registry, explainer: plainExplainer, tokens, sessions });
  const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-console-'));
  const folder = path.join(root, 'board');
  mkdirSync(folder);
  const app = createHostApp({ trustProxy }, () => true);
  app.use(
    '/console',
    createConsolePages({ sessions, folder: isBuilt ? consoleIn(root) : path.join(root, 'none') }),
  );
  app.use(
    '/api/operator/session',
    createSessionRouter({ sessions, auth, logger, publicUrl, networkOf, audit }),
  );
  app.use('/api/operator', createOperatorRouter(operator, auth, { audit }));
  const board = { isLive: true, hasSettings: false, webuiPath: 'web/page.html', folder };
  app.use(createPluginPages({ find: (key) => (key === keyOf('acme.board') ? board : undefined) }));
  const settings = { trustProxy, ...(publicUrl !== undefined && { publicUrl }) };
  const under = await startGateway({ app, operatorAuth: auth, settings, guards });
  return {
    ...under,
    ...{ sessions, tokens, audited, lines, state, folder },
    async close() {
      await under.close();
      tokens.close();
      await state.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Signs in as a browser would, and answers the headers of its requests. */
export async function signIn(base: string, token = TOKEN): Promise<{ cookie: string; csrf: string }> {
  const answer = await postToken(base, token);
  if (answer.status !== 204) throw new Error(`signing in answered ${answer.status}`);
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  const { body } = await requestRaw(`${base}/console/`, { ...NAVIGATION, cookie });
  return { cookie, csrf: csrfIn(body.toString()) ?? '' };
}

export const csrfIn = (page: string) => /<meta name="gatehouse-csrf" content="([^"]*)"/.exec(page)?.[1];

/** `fetch` would say of itself how it asks, and undo what is compressed. */
export async function requestRaw(
  url: string,
  headers: http.OutgoingHttpHeaders = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject).end();
  });
}

export function postToken(base: string, token: unknown, headers: Record<string, string> = {}) {
  return fetch(`${base}/api/operator/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
}

/** As the real one, a page that asks with what the host told it, and a style and a script of its own. */
function consoleIn(root: string): string {
  const folder = path.join(root, 'console');
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(
    path.join(folder, 'index.html'),
    `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="gatehouse-csrf" content="" /><meta property="csp-nonce" nonce="gatehouse-nonce"><title>Gatehouse</title>
<link rel="icon" href="./favicon.svg" type="image/svg+xml"><link rel="stylesheet" nonce="gatehouse-nonce" href="./assets/console-1a2b.css">
<script type="module" nonce="gatehouse-nonce" src="./assets/console-1a2b.js"></script></head><body><h1>Console</h1><output></output></body></html>`,
  );
  writeFileSync(path.join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(
    path.join(folder, 'assets/console-1a2b.css'),
    `h1 { color: green; } /* ${'.'.repeat(2_000)} */`,
  );
  writeFileSync(path.join(folder, 'assets/console-1a2b.js'), `${SCRIPT}/* ${'.'.repeat(2_000)} */`);
  return folder;
}

const SCRIPT = `
const csrf = document.querySelector('meta[name="gatehouse-csrf"]').content;
const style = document.createElement('style');
style.nonce = document.querySelector('meta[property="csp-nonce"]').nonce;
style.textContent = 'output { display: block; width: 123px; }';
document.head.append(style);
document.querySelector('h1').style.marginTop = '7px';
const answer = await fetch('../api/operator/plugins', { headers: { 'x-gatehouse-csrf': csrf } });
document.querySelector('output').textContent = String(answer.status);
`;
