import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expectAccessible, openConsoleHost, TOKEN, type ConsoleHost } from './console-host';

const SECRET = 'shared-with-the-sender-0123456789';
const MOST_SCRIPT_BYTES = 250 * 1024;

const SHOP = `
import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'shop', name: 'Shop', version: '1.0.0', description: 'Orders.' });
plugin.secret('GITHUB_WEBHOOK_SECRET', { description: 'Of the webhook at GitHub.', required: true });
plugin.endpoint(
  { method: 'POST', path: '/github', access: { signature: 'github', secret: 'GITHUB_WEBHOOK_SECRET' }, answer: 'accept' },
  async (exchange) => {
    await plugin.message.sendText('console-shop', 'event ' + String(exchange.verified?.event));
  },
);
plugin.get('/status', () => ({ open: true }));
`;
const OTHER = `
import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'other', name: 'Other', version: '1.0.0', description: 'Another one.' });
plugin.secret('THEIR_SECRET', { description: 'Of another webhook.' });
plugin.endpoint(
  { method: 'POST', path: '/github', access: { signature: 'github', secret: 'THEIR_SECRET' } },
  () => undefined,
);
`;

let console: ConsoleHost;
let page: Page;
/** Scripts of the first load, compressed as the host sends them, by address. */
const scriptBytes = new Map<string, number>();

beforeAll(async () => {
  // What the sender signs with is known for another endpoint: the doctor can tell.
  console = await openConsoleHost(
    { shop: SHOP, other: OTHER },
    { GATEHOUSE_SECRET_ACME_OTHER_THEIR_SECRET: SECRET },
  );
  ({ page } = console);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: console.host.base });
}, 60_000);
afterAll(() => console?.stop());

const address = '/api/plugin/acme.shop/github';
/** Each with a body of its own: what was signed once is a repetition under whatever id. */
const bodyOf = (id: string) => JSON.stringify({ ref: 'refs/heads/main', after: id });
const signatureOf = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex');
function postSigned(secret: string, id: string): Promise<Response> {
  const body = bodyOf(id);
  return fetch(console.host.base + address, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${signatureOf(secret, body)}`,
    },
    body,
  });
}
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const go = (name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });

async function setSecret(verb: string, value: string): Promise<void> {
  const card = page.getByRole('article', { name: 'GITHUB_WEBHOOK_SECRET' });
  await card.getByRole('button', { name: verb }).click();
  await card.getByLabel('New value of GITHUB_WEBHOOK_SECRET').fill(value);
  await card.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByText('GITHUB_WEBHOOK_SECRET is set.').first().waitFor();
}

test('an operator signs in with the token, and a wrong one is refused', async () => {
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    void response.body().then((bytes) => scriptBytes.set(response.url(), gzipSync(bytes).length));
  });
  await page.goto(`${console.host.base}/console/`);
  await page.getByLabel('Token', { exact: true }).fill('not-the-token');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await console.shot('sign-in-refused');
  await expectAccessible(page);
  await page.getByLabel('Token', { exact: true }).fill(TOKEN);
  await page.keyboard.press('Enter');
  await heading('Home').waitFor();
  const cookies = await page.context().cookies();
  expect(cookies.length).toBeGreaterThan(0);
  expect(cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Strict')).toBe(true);
  expect(await page.evaluate(() => document.cookie)).toBe('');
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByRole('heading', { name: /Endpoints/ }).waitFor();
  await expectAccessible(page);
  await console.shot('home');
});

test('the first load is small', () => {
  const total = [...scriptBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  expect(scriptBytes.size).toBeGreaterThan(1);
  expect(total).toBeLessThan(MOST_SCRIPT_BYTES);
});

test('an operator copies the address of an endpoint', async () => {
  await go('Plugins');
  await page.getByRole('link', { name: 'Shop' }).first().click();
  await heading('Shop').waitFor();
  await page.getByRole('tab', { name: /Endpoints/ }).click();
  const card = page.getByRole('article', { name: 'POST /github' });
  await card.getByRole('button', { name: 'Copy URL' }).first().click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(console.host.base + address);
  await card.getByRole('button', { name: 'Copied' }).waitFor();
  await expectAccessible(page);
  await console.shot('plugin-endpoints');
});

test('and sets the secret that it verifies with', async () => {
  await page.getByRole('tab', { name: /Secrets/ }).click();
  await page.getByText('not set, and needed').waitFor();
  await setSecret('Set …', 'a-first-guess-0123456789');
  await page
    .getByRole('article', { name: 'GITHUB_WEBHOOK_SECRET' })
    .getByText('set', { exact: true })
    .waitFor();
  expect(await page.content()).not.toContain('a-first-guess');
  await expectAccessible(page);
  await console.shot('plugin-secrets');
});

test('a signed test event arrives in a list that is open, without a reload', async () => {
  const watch = await page.context().newPage();
  await console.visit('/deliveries', 'Deliveries', watch);
  await watch.getByText('Nothing has arrived yet.').waitFor();
  await expectAccessible(watch);
  await console.shot('deliveries-empty', watch);
  await watch.evaluate(() => ((globalThis as any).isUntouched = true));
  // A window behind another one draws nothing in a hurry.
  await page.bringToFront();
  await console.visit(`/send?to=${encodeURIComponent(address)}`, 'Send');
  await page.getByLabel('Event', { exact: true }).selectOption('push');
  await expectAccessible(page);
  await button('Send').click();
  await page.getByText('as expected', { exact: true }).waitFor();
  const link = page.getByRole('status', { name: 'What came of it' }).getByRole('link');
  await link.waitFor();
  await expectAccessible(page);
  await console.shot('send');
  await watch.bringToFront();
  const row = watch.getByRole('row', { name: /acme\.shop/ });
  await row.getByText('succeeded').waitFor();
  expect(await watch.evaluate(() => (globalThis as any).isUntouched)).toBe(true);
  await expectAccessible(watch);
  await console.shot('deliveries', watch);
  await watch.close();
  await page.bringToFront();
});

test('the doctor says of a refused one what would have passed', async () => {
  expect((await postSigned(SECRET, 'd-1')).status).toBe(401);
  await go('Refused');
  await page
    .getByRole('grid')
    .getByRole('row', { name: /acme\.shop/ })
    .click();
  await heading(/acme\.shop/).waitFor();
  await page.getByText('It would have passed, if').first().waitFor();
  await page
    .getByRole('link', { name: /THEIR_SECRET/ })
    .first()
    .waitFor();
  await expectAccessible(page);
  await console.shot('refused');
});

test('with the secret mended it is replayed, and delivered', async () => {
  const refused = page.url();
  await button('Replay').click();
  await page.getByText('Not taken: answered 401').waitFor();
  await page.getByRole('link', { name: 'Secrets of acme.shop' }).click();
  await setSecret('Replace …', SECRET);
  await page.goto(refused);
  await page.getByText('nothing: it passes now').waitFor();
  await button('Replay').click();
  await page.getByText(/Let in now: answered 202/).waitFor();
  await expectAccessible(page);
  await console.shot('refused-replayed');
  await page.getByRole('link', { name: /^Delivery/ }).click();
  await heading('acme.shop POST /github').waitFor();
  await page.getByText('succeeded').first().waitFor();
  await expectAccessible(page);
  await console.shot('delivery');
});

test('a delivery is replayed, and kept as a test fixture', async () => {
  await button('Replay').click();
  await page.getByText('Replayed: a new job works it.').first().waitFor();
  await page.getByText('succeeded').nth(1).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button('Save as test fixture').click(),
  ]);
  const fixture = readFileSync(await download.path(), 'utf8');
  expect(fixture).toContain('refs/heads/main');
  expect(fixture).not.toContain(signatureOf(SECRET, bodyOf('d-1')));
  await console.shot('delivery-replayed');
});

test('a plugin that is broken says at which line, and serves on', async () => {
  const file = path.join(console.folder, 'shop/index.ts');
  writeFileSync(file, `${SHOP}\nthrow new Error('no stock');\n`);
  await console.visit('/plugins/acme.shop', 'Shop');
  await button('Reload').click();
  const dialog = page.getByRole('dialog');
  await dialog
    .getByText(/no stock/)
    .first()
    .waitFor();
  expect(await dialog.getByRole('region', { name: 'Stack' }).innerText()).toContain(
    `index.ts:${SHOP.split('\n').length + 1}`,
  );
  expect(await dialog.innerText()).toContain('serves on');
  await expectAccessible(page);
  await console.shot('plugin-broken-dialog');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page
    .getByRole('alert')
    .getByText(/no stock/)
    .first()
    .waitFor();
  await expectAccessible(page);
  await console.shot('plugin-broken');
  expect((await postSigned(SECRET, 'd-2')).status).toBe(202);
  writeFileSync(file, SHOP);
  await button('Reload').click();
  await page
    .getByText(/is reloaded: generation/)
    .first()
    .waitFor();
});

test('a plugin that is disabled answers no longer', async () => {
  const status = async () => (await fetch(`${console.host.base}/api/plugin/acme.shop/status`)).status;
  expect(await status()).toBe(200);
  await button('Disable').click();
  await page.getByRole('dialog').getByText('Disable acme.shop?').waitFor();
  await expectAccessible(page);
  await console.shot('plugin-disable');
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await button('Enable').waitFor();
  expect(await status()).toBe(404);
  await expectAccessible(page);
  await button('Enable').click();
  await button('Reload').waitFor();
  expect(await status()).toBe(200);
});

test('a chat goes on as it is watched', async () => {
  await go('Channels');
  await page.getByRole('link', { name: 'console-shop' }).click();
  const messages = page.getByRole('list', { name: 'Messages' }).getByRole('listitem');
  await messages.first().waitFor();
  const before = await messages.count();
  expect((await postSigned(SECRET, 'd-3')).status).toBe(202);
  await messages.nth(before).getByText('event push').waitFor();
  await page.getByLabel('Write into this chat').fill('is anybody there?');
  // By the keyboard: a notice may lie over the button.
  await button('Write').press('Enter');
  await messages.filter({ hasText: 'is anybody there?' }).waitFor();
  await expectAccessible(page);
  await console.shot('channel');
});

test('a token is told once, and the audit says who made it', async () => {
  await console.visit('/tokens', 'Tokens & audit');
  await button('New token').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('reader');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const value = await dialog.getByRole('region', { name: 'Value of the token' }).innerText();
  expect(value.length).toBeGreaterThan(30);
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.content()).not.toContain(value);
  const asked = await fetch(`${console.host.base}/api/operator/plugins`, {
    headers: { authorization: `Bearer ${value}` },
  });
  expect(asked.status).toBe(200);
  await page.getByRole('tab', { name: 'Audit' }).click();
  await page.getByText('tokens.create').first().waitFor();
  await expectAccessible(page);
  await console.shot('audit');
});

const PAGES: readonly (readonly [string, string | RegExp])[] = [
  ['/', 'Home'],
  ['/plugins', 'Plugins'],
  ['/plugins/acme.shop/info', 'Shop'],
  ['/plugins/acme.shop/config', 'Shop'],
  ['/plugins/acme.shop/jobs', 'Shop'],
  ['/plugins/acme.shop/schedules', 'Shop'],
  ['/plugins/acme.shop/tools', 'Shop'],
  ['/plugins/acme.shop/data', 'Shop'],
  ['/plugins/acme.shop/logs', 'Shop'],
  ['/deliveries', 'Deliveries'],
  ['/refused', 'Refused'],
  ['/dead-letters', 'Dead letters'],
  ['/jobs', 'Jobs & schedules'],
  ['/channels', 'Channels'],
  ['/deprecations', 'Deprecations'],
  ['/nodes', 'Nodes'],
  ['/api', 'API docs'],
];

test('every page is in order, in the dark and on a narrow screen too', async () => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 360, height: 740 });
  for (const [hash, title] of PAGES) {
    await console.visit(hash, title);
    await page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'hidden' });
    const name = `narrow${hash.replaceAll('/', '-')}`;
    await console.shot(name);
    await expectAccessible(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect([hash, wide]).toEqual([hash, 360]);
  }
}, 40_000);

test('nothing was asked of anybody else, and the browser complained of nothing but the wrong token', () => {
  expect(
    console.requests.filter((url) => !url.startsWith(`${console.host.base}/`) && !url.startsWith('blob:')),
  ).toEqual([]);
  // The wrong token, and the reload that failed: browsers write down every answer of 400 and above.
  expect(console.complaints).toEqual([expect.stringContaining('401'), expect.stringContaining('409')]);
});
