import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Seen to before the tests begin. */
const EXECUTABLE = process.env['GATEHOUSE_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
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

/** Never skipped: without a browser the test fails. */
function launch(): Promise<Browser> {
  if (!existsSync(EXECUTABLE))
    throw new Error(`${EXECUTABLE} is missing; node scripts/browser.mjs installs it`);
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}
