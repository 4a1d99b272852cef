import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { openPage, type BrowserPage } from '../support/chromium';
import { root, startProcessHost, type ProcessHost } from '../support/process-host';

export const TOKEN = 'operator-token-of-a-test-0123456789';
/** Looked at by people; kept where git does not look. */
const SHOTS = path.join(root, 'artifacts/console');

const WAIT_MS = 10_000;

/** A host in a process of its own, and its console in a browser. */
export interface ConsoleHost extends BrowserPage {
  readonly host: ProcessHost;
  /** Of the plugins, one folder each. */
  readonly folder: string;
  /** Opens a page of the console and waits for its heading. */
  visit(hash: string, heading: string | RegExp, page?: Page): Promise<void>;
  /** Keeps what is seen. */
  shot(name: string, page?: Page): Promise<void>;
  stop(): Promise<void>;
}

/** `plugins`: the source of each, by its folder. */
export async function openConsoleHost(
  plugins: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<ConsoleHost> {
  mkdirSync(SHOTS, { recursive: true });
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-console-'));
  for (const [name, source] of Object.entries(plugins)) {
    mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, name, 'index.ts'), source);
  }
  const host = await startProcessHost({ plugins: [folder], env });
  const browser = await openPage();
  browser.page.context().setDefaultTimeout(WAIT_MS);
  return {
    ...browser,
    host,
    folder,
    async visit(hash, heading, page = browser.page) {
      await page.goto(`${host.base}/console/#${hash}`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    },
    shot: async (name, page = browser.page) =>
      void (await page.screenshot({
        path: path.join(SHOTS, `${name}.png`),
        fullPage: true,
        caret: 'initial',
      })),
    async stop() {
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of somebody who has nothing stored yet. */
export async function signIn(page: Page, base: string): Promise<void> {
  await page.goto(`${base}/console/`);
  await page.getByLabel('Token', { exact: true }).fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Nothing serious or critical that axe finds in what is open, dialogs included. */
export async function expectAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  // What fades in has not its own colours yet.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((one) => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity),
  );
  const violations = await page.evaluate(async () => {
    const { violations: found } = await (globalThis as any).axe.run(document, {
      resultTypes: ['violations'],
    });
    return found
      .filter(({ impact }: any) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(' | ')}`);
  });
  expect([page.url(), violations]).toEqual([page.url(), []]);
}
