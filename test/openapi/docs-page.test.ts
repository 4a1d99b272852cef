import { z } from 'zod';
import { endpoint } from '../http/gateway-under-test';
import { openPage } from '../support/chromium';
import { everything } from './described';
import { startDocsHost, type DocsHost } from './docs-host';

const hosts: DocsHost[] = [];
afterAll(() => Promise.all(hosts.map((host) => host.close())));

async function hostWith(access: 'operator' | 'public'): Promise<DocsHost> {
  const host = await startDocsHost(access);
  hosts.push(host);
  host.put(
    'acme.ci',
    endpoint('GET', '/builds/:id', ({ params }) => ({ build: String(params['id']), passed: true }), {
      title: 'One build',
      schema: {
        params: z.object({ id: z.coerce.number() }),
        response: z.object({ build: z.string(), passed: z.boolean() }).meta({ id: 'Build' }),
      },
    }),
    ...everything(),
  );
  return host;
}

const strangers = (requests: readonly string[], base: string) =>
  requests.filter((url) => !url.startsWith(`${base}/`) && !url.startsWith('data:'));

test('a browser shows every operation and tries one out, asking nobody but the host', async () => {
  const host = await hostWith('public');
  const { page, complaints, requests } = await openPage();
  page.setDefaultTimeout(6000);
  await page.goto(`${host.base}/api/plugin/acme.ci/docs`);
  await page.locator('.opblock').first().waitFor();
  const { paths } = JSON.parse(host.descriptions.ofPlugin('acme.ci').bytes.toString()) as {
    paths: Record<string, object>;
  };
  const operations = Object.values(paths).flatMap((item) =>
    Object.keys(item).filter((name) => !name.startsWith('x-')),
  );
  expect(await page.locator('.opblock').count()).toBe(operations.length);
  expect(await page.title()).toBe('The ci');

  const build = page.locator('.opblock', { hasText: 'One build' });
  await build.locator('.opblock-summary-control').click();
  await build.getByRole('button', { name: 'Try it out' }).click();
  await build.getByPlaceholder('id').fill('42');
  await build.getByRole('button', { name: 'Execute', exact: true }).click();
  const live = build.locator('.live-responses-table');
  await live.waitFor();
  expect(await live.innerText()).toContain('"passed": true');
  expect(requests).toContain(`${host.base}/api/plugin/acme.ci/builds/42`);

  expect(complaints).toEqual([]);
  expect(strangers(requests, host.base)).toEqual([]);
});

test('a browser asks the operator for the token, and keeps it nowhere', async () => {
  const host = await hostWith('operator');
  const { page, complaints, requests } = await openPage();
  await page.goto(`${host.base}/api/plugin/acme.ci/docs`);
  const field = page.getByLabel('Operator token');
  await field.fill('not-it');
  await page.keyboard.press('Enter');
  await page.getByText('Authentication is required.').waitFor();
  expect(await page.locator('.opblock').count()).toBe(0);

  await field.fill('operator-token');
  await page.keyboard.press('Enter');
  await page.locator('.opblock').first().waitFor();
  expect(await field.isVisible()).toBe(false);
  expect(requests.some((url) => url.includes('operator-token'))).toBe(false);
  // Text: this file knows no window of a browser.
  expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([
    0,
    0,
    '',
  ]);
  await page.reload();
  expect(await page.getByLabel('Operator token').isVisible()).toBe(true);
  // The browser itself writes down every answer that is an error.
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
});
