import { openConsoleHost, signIn, type ConsoleHost } from './console-host';

const BUSY = `
import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'busy', name: 'Busy', version: '1.0.0', description: 'Much.' });
for (const path of ['/oldest', '/in', '/newest'])
  plugin.endpoint({ method: 'POST', path, access: 'public', answer: 'accept' }, () => undefined);
`;
const MANY = 700;
/** In view at most, with those kept ready above and below. */
const MOST_IN_PAGE = 80;

let console: ConsoleHost;
beforeAll(async () => {
  console = await openConsoleHost({ busy: BUSY });
}, 60_000);
afterAll(() => console?.stop());

async function post(path: string): Promise<void> {
  const { status } = await fetch(`${console.host.base}/api/plugin/acme.busy${path}`, { method: 'POST' });
  if (status !== 202) throw new Error(`it answered ${status}`);
}

test('a long list is read page by page to its oldest row, with few rows in the page at any time', async () => {
  const { page } = console;
  await post('/oldest');
  for (let sent = 0; sent < MANY; sent += 50)
    await Promise.all(Array.from({ length: 50 }, () => post('/in')));
  await signIn(page, console.host.base);
  await console.visit('/deliveries', 'Deliveries');
  const grid = page.getByRole('grid', { name: 'Deliveries, newest first' });
  await grid.getByRole('row').nth(5).waitFor();
  await grid.evaluate((element) => {
    const seen = { most: 0 };
    (globalThis as any).seen = seen;
    const count = () => {
      seen.most = Math.max(seen.most, element.querySelectorAll('[role="row"]').length);
      requestAnimationFrame(count);
    };
    count();
  });
  await grid.focus();
  const oldest = grid.getByRole('row', { name: /POST \/oldest/ });
  while ((await oldest.count()) === 0) await page.keyboard.press('End');
  await oldest.waitFor();
  await page.getByText(`${MANY + 1} in all`).waitFor();
  const { most } = await page.evaluate(() => (globalThis as any).seen);
  expect(most).toBeGreaterThan(10);
  expect(most).toBeLessThan(MOST_IN_PAGE);

  // Who reads down there is not moved by what arrives; it is told, and shown when it is wanted.
  await post('/newest');
  const news = page.getByRole('button', { name: '1 new' });
  await news.waitFor();
  expect(await oldest.count()).toBe(1);
  await news.click();
  await grid.getByRole('row', { name: /POST \/newest/ }).waitFor();
}, 40_000);
