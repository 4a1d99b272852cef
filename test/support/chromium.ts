import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const INSTALL = ['install', '-y', '--no-install-recommends', 'chromium'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A page of a real browser; `complaints` are what it wrote to its console as errors, and scripts that threw; `requests` all
 * addresses it asked for.
 */
export interface BrowserPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
}

let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  browser = undefined;
});

/** In a context of its own: nothing is kept from one page to the next. */
export async function openPage(colorScheme: 'light' | 'dark' = 'light'): Promise<BrowserPage> {
  browser ??= await launch();
  const context = await browser.newContext({ colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  return { page, complaints, requests };
}

/** Installed first where it is missing and may be. Never skipped: without a browser the test fails. */
async function launch(): Promise<Browser> {
  if (!existsSync(EXECUTABLE) && process.getuid?.() === 0) spawnSync('apt-get', INSTALL);
  if (!existsSync(EXECUTABLE))
    throw new Error(`${EXECUTABLE} is missing; install it: apt-get ${INSTALL.join(' ')}`);
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}
