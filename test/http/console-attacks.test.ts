import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { reply } from '../../src/core/reply';
import { openPage } from '../support/chromium';
import { csrfIn, openConsole, signIn, TOKEN, type ConsoleUnderTest } from './console-under-test';
import { endpoint, router } from './gateway-under-test';

const HTML = { 'content-type': 'text/html' };
/** What a page tries to keep a hold of windows with, and to take over the console's addresses. */
const GREEDY = {
  'cross-origin-opener-policy': 'same-origin',
  'service-worker-allowed': '/',
  'set-cookie': `gatehouse_session=${'A'.repeat(43)}; Path=/api/operator; HttpOnly`,
};
const WORKER = 'self.addEventListener("fetch", (event) => event.respondWith(new Response("taken over")));';

let host: ConsoleUnderTest;
let context: BrowserContext;
/** The console, signed in. */
let panel: Page;
/** A plugin's own page, of the same origin. */
let evil: Page;
let complaints: readonly string[];
beforeAll(async () => {
  host = await openConsole();
  host.seat(
    'acme.evil',
    endpoint('GET', '/', () => reply(200, WORKER, { 'content-type': 'text/javascript' })),
    endpoint('GET', '/page', () => reply(200, '<!doctype html><title>Evil</title>', { ...HTML, ...GREEDY })),
    endpoint('GET', '/worker.js', () => reply(200, WORKER, { 'content-type': 'text/javascript', ...GREEDY })),
    endpoint('GET', '/echo', ({ headers }) => Object.fromEntries(headers)),
    router('/signout', (made) =>
      made.get('/', (_request, response) => {
        response.cookie('gatehouse_session', '', { path: '/console', maxAge: 0 });
        response.writeHead(200, { 'Clear-Site-Data': '"cookies"', 'X-Plain': 'kept' }).end('gone?');
      }),
    ),
  );
  host.seat('acme.board');
  mkdirSync(path.join(host.folder, 'web'));
  writeFileSync(path.join(host.folder, 'web/page.html'), '<!doctype html><title>Board</title>');
  const opened = await openPage();
  ({ page: panel, complaints } = opened);
  context = panel.context();
  await signInAt(panel);
  evil = await context.newPage();
  await evil.goto(`${host.base}/api/plugin/acme.evil/page`);
});
afterAll(() => host.close());

async function signInAt(page: Page, token = TOKEN): Promise<void> {
  await page.goto(`${host.base}/console/`);
  await page.evaluate(
    (given) =>
      fetch('../api/operator/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: given }),
      }),
    token,
  );
  await page.reload();
}
const shown = (page: Page) => page.locator('output', { hasText: /\d/ }).innerText();
const ofSession = async () =>
  (await context.cookies())
    .filter(({ name }) => name === 'gatehouse_session')
    .map(({ path, value }) => [path, value]);
const reloads = () => host.audited.filter(({ verb }) => verb === 'plugins.reload').length;

test('the console itself asks with what it was told, and its policy forbids it nothing', async () => {
  await panel.reload();
  expect(await shown(panel)).toBe('200');
  expect(
    await panel.locator('output').evaluate((element) => (globalThis as any).getComputedStyle(element).width),
  ).toBe('123px');
  expect(
    await panel.locator('h1').evaluate((element) => (globalThis as any).getComputedStyle(element).marginTop),
  ).toBe('7px');
  // Before anybody was signed in its question was refused, which browsers write down.
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
});

test('a plugin’s page reads and writes nothing with the operator’s cookie', async () => {
  const statuses = await evil.evaluate(async () => {
    const ask = async (method: string, address: string, headers: Record<string, string> = {}) =>
      (await fetch(address, { method, credentials: 'include', headers })).status;
    return [
      await ask('GET', '/api/operator/plugins'),
      await ask('GET', '/api/operator/session'),
      await ask('POST', '/api/operator/plugins/acme.ci/reload'),
      await ask('DELETE', '/api/operator/session'),
      await ask('GET', '/api/operator/plugins', { 'x-gatehouse-csrf': 'A'.repeat(43) }),
      await ask('GET', '/api/operator/plugins', { 'x-gatehouse-csrf': '' }),
    ];
  });
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401]);
  expect(reloads()).toBe(0);
  expect(await evil.evaluate(() => document.cookie)).not.toContain('gatehouse_session');
});

test('nor does it find what the console was told: not by asking, not in a frame', async () => {
  const asked = await evil.evaluate(async () => {
    const texts: string[] = [];
    for (const init of [
      {},
      { mode: 'same-origin' },
      { mode: 'no-cors' },
      { cache: 'force-cache' },
    ] as RequestInit[])
      texts.push(await (await fetch('/console/', { credentials: 'include', ...init })).text());
    return texts;
  });
  expect(asked.map(csrfIn)).toEqual(['', '', '', '']);
  const framed = await evil.evaluate(async () => {
    const found: string[] = [];
    for (const [tag, address] of [
      ['iframe', 'src'],
      ['object', 'data'],
      ['embed', 'src'],
    ] as const) {
      const frame = document.createElement(tag) as HTMLIFrameElement;
      const over = new Promise((resolve) => {
        frame.onload = resolve;
        frame.onerror = resolve;
      });
      frame.setAttribute(address, '/console/');
      document.body.append(frame);
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 1_000))]);
      try {
        found.push(frame.contentDocument?.documentElement.outerHTML ?? 'nothing');
      } catch {
        found.push('nothing');
      }
      frame.remove();
    }
    return found;
  });
  for (const text of framed) expect(text).not.toContain('gatehouse-csrf');
});

test.each([
  ['opens', () => window.open('/console/')],
  [
    'opens empty and sends there',
    () => {
      const opened = window.open('about:blank');
      if (opened !== null) opened.location.href = '/console/';
      return opened;
    },
  ],
])('nor in a window that it %s', async (_way, open) => {
  const [popup] = await Promise.all([
    context.waitForEvent('page'),
    evil.evaluate(`globalThis.held = (${open.toString()})(); 0`),
  ]);
  // It is the operator's own window: it works, and has no way back.
  expect(await shown(popup)).toBe('200');
  expect(await popup.evaluate(() => window.opener as unknown)).toBeNull();
  const seen = await evil.evaluate(() => {
    const { held } = globalThis as unknown as { held: Window };
    try {
      return held.closed ? 'closed' : held.document.documentElement.outerHTML;
    } catch {
      return 'refused';
    }
  });
  expect(['closed', 'refused']).toContain(seen);
  await popup.close();
});

test('a page of a plugin’s folder, in its sandbox, reaches nothing', async () => {
  const board = await context.newPage();
  await board.goto(`${host.base}/api/plugin/acme.board/__webui__/`);
  const seen = await board.evaluate(async () => {
    try {
      return (await fetch('/api/operator/plugins', { credentials: 'include' })).status;
    } catch {
      return 'refused';
    }
  });
  expect([401, 'refused']).toContain(seen);
  expect(await board.evaluate(() => window.origin)).toBe('null');
  await board.close();
});

test('a plugin neither sets nor clears the cookie', async () => {
  const before = await ofSession();
  expect(before.map(([place]) => place).sort()).toEqual(['/api/apps', '/api/operator', '/console']);
  const headers = await evil.evaluate(async () => {
    await fetch('page', { credentials: 'include' });
    return [...(await fetch('signout', { credentials: 'include' })).headers.keys()];
  });
  expect(headers).toContain('x-plain');
  expect(headers).not.toContain('clear-site-data');
  expect(await ofSession()).toEqual(before);
});

test('a cookie that its page adds keeps the operator neither out nor in another’s session', async () => {
  const { cookie } = await signIn(
    host.base,
    (await host.tokens.create({ name: 'mallory', scopes: ['read'] })).value.reveal(),
  );
  await evil.evaluate((added) => {
    document.cookie = `${added}; path=/api/operator/plugins`;
  }, cookie);
  await panel.reload();
  expect(await shown(panel)).toBe('200');
  await evil.evaluate((added) => {
    document.cookie = `${added}; path=/api/operator/plugins; max-age=0`;
  }, cookie);
});

test('its worker gets its own addresses at most', async () => {
  const register = (script: string, scope: string) =>
    evil.evaluate(
      async ([from, over]) => {
        try {
          const registration = await navigator.serviceWorker.register(from as string, {
            scope: over as string,
          });
          await registration.unregister();
          return 'registered';
        } catch (error) {
          return (error as Error).name;
        }
      },
      [script, scope],
    );
  const own = '/api/plugin/acme.evil';
  expect(await register(`${own}/worker.js`, '/')).toBe('SecurityError');
  expect(await register(`${own}/worker.js`, '/console/')).toBe('SecurityError');
  expect(await register(own, '/api/plugin/')).toBe('SecurityError');
  expect(await register(own, `${own}/`)).toBe('registered');
  expect(await register(`${own}/worker.js`, `${own}/`)).toBe('registered');
});

test('a form of another site changes nothing, and signs nobody in', async () => {
  const forms = `<!doctype html><form id="act" method="post" action="${host.base}/api/operator/plugins/acme.ci/reload"></form>
<form id="in" method="post" enctype="text/plain" action="${host.base}/api/operator/session">
<input name='{"token":"${TOKEN}","x":"' value='"}'></form>`;
  const other = http.createServer((_request, response) => response.writeHead(200, HTML).end(forms));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const before = await ofSession();
    for (const name of ['localhost', '127.0.0.1'])
      for (const form of ['act', 'in']) {
        const page = await context.newPage();
        await page.goto(`http://${name}:${(other.address() as AddressInfo).port}/`);
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.url().startsWith(host.base)),
          // A page that is closed on its way may keep the browser waiting.
          page.waitForURL((url) => url.href.startsWith(host.base)),
          page.evaluate((id) => {
            setTimeout(() => (document.getElementById(id) as HTMLFormElement).submit());
          }, form),
        ]);
        expect([form, answer.status()]).toEqual([form, form === 'act' ? 401 : 403]);
        await page.close();
      }
    expect(await ofSession()).toEqual(before);
    expect(reloads()).toBe(0);
  } finally {
    other.close();
    other.closeAllConnections();
  }
});

test('no route of a plugin is sent the cookie', async () => {
  const echoed = await panel.evaluate(async () => {
    const headers = { 'x-gatehouse-csrf': 'told by mistake', 'x-own': 'kept' };
    return (await fetch('/api/plugin/acme.evil/echo', { headers, credentials: 'include' })).json();
  });
  expect(echoed).toMatchObject({ 'x-own': 'kept' });
  expect(JSON.stringify(echoed)).not.toMatch(/gatehouse|told by mistake/);
});

test('the console of a token that is revoked is asked to sign in again', async () => {
  const { page } = await openPage();
  await signInAt(page, (await host.tokens.create({ name: 'leaver', scopes: ['read'] })).value.reveal());
  expect(await shown(page)).toBe('200');
  await host.tokens.revoke('leaver');
  await page.reload();
  expect(await shown(page)).toBe('401');
  expect(csrfIn(await page.content())).toBe('');
});
