import { openPage } from '../support/chromium';
import { openConfigYard, TOKEN, type ConfigYard } from '../support/config-yard';

const SCHEMA = `
import { z } from 'zod';
const config = plugin.config(z.object({
  CHANNEL: z.string().min(3).describe('The chat that is told.').default('console-ci'),
  level: z.enum(['quiet', 'loud']).describe('How much is told.'),
  retries: z.number().int().max(9).default(3),
  verbose: z.boolean().default(false),
  apiKey: z.string().min(8).optional().meta({ secret: true, title: 'API key' }),
  repositories: z.array(z.string()).optional().describe('One per line.'),
  mail: z.object({ host: z.string(), port: z.number().int().default(25) }).optional(),
  region: z.string().optional(),
}));
plugin.onInit(() => { if (config.CHANNEL === 'console-gone') throw new Error('no such channel'); });
plugin.get('/values', () => ({ ...config }));
`;

let host: ConfigYard;
beforeEach(async () => {
  host = await openConfigYard();
  host.file['acme.ci'] = { level: 'quiet' };
  host.environment['GATEHOUSE_CONFIG_ACME_CI_REGION'] = 'eu';
  await host.yard.plugin('ci', 'acme.ci', SCHEMA);
  await host.yard.reconciler.rescan();
});
afterEach(() => host.close());

const address = () => `${host.url}/api/plugin/acme.ci/__webui__/settings`;
const values = async () => (await fetch(`${host.url}/api/plugin/acme.ci/values`)).json() as Promise<any>;

async function openSettings(colorScheme?: 'light' | 'dark') {
  const opened = await openPage(colorScheme);
  await opened.page.goto(address());
  await opened.page.getByLabel('Operator token').fill(TOKEN);
  await opened.page.keyboard.press('Enter');
  await opened.page.getByLabel('CHANNEL').waitFor();
  return opened;
}

test('a plugin that does not serve is shown as such, with the reason', async () => {
  delete host.file['acme.ci'];
  await host.call('POST', 'acme.ci/disable');
  await host.call('POST', 'acme.ci/enable');
  const { page } = await openSettings();
  const text = await page.locator('#state').innerText();
  expect(text).toContain('The plugin does not serve: it failed to load.');
  expect(text).toContain('level (not set)');
  await page.getByLabel('level').selectOption('"loud"');
  await page.getByRole('button', { name: 'Save and reload' }).click();
  await page.getByText('serves with the new values.').waitFor();
  expect(await page.locator('#state').isVisible()).toBe(false);
});

test('a value is saved from the page, and the plugin serves with it', async () => {
  const { page, complaints } = await openSettings();
  expect(await page.getByLabel('CHANNEL').getAttribute('placeholder')).toBe('console-ci');
  await page.getByLabel('CHANNEL').fill('console-page');
  await page.getByLabel('retries').fill('5');
  await page.getByLabel('verbose').selectOption('true');
  await page.getByLabel('API key').fill('correct-horse');
  await page.getByLabel('repositories').fill('acme/one\n acme/two \n');
  await page.getByLabel('port').fill('2525');
  await page.getByLabel('host').fill('mx.example.org');
  await page.getByRole('button', { name: 'Save and reload' }).click();
  await page.getByText('Saved. Generation 2 serves with the new values.').waitFor();
  expect(await values()).toEqual({
    ...{ CHANNEL: 'console-page', level: 'quiet', retries: 5, verbose: true, apiKey: 'correct-horse' },
    ...{ repositories: ['acme/one', 'acme/two'], mail: { host: 'mx.example.org', port: 2525 }, region: 'eu' },
  });
  expect(await page.getByLabel('API key').inputValue()).toBe('');
  expect(await page.content()).not.toContain('correct-horse');
  expect(complaints).toEqual([]);
});

test('what was saved before stays when something else is changed, and what is emptied falls back', async () => {
  await host.call('PUT', 'acme.ci/config', {
    values: { CHANNEL: 'console-before', apiKey: 'correct-horse', retries: 8 },
    revision: 0,
  });
  const { page } = await openSettings();
  expect(await page.getByLabel('CHANNEL').inputValue()).toBe('console-before');
  await page.getByLabel('retries').fill('');
  await page.getByLabel('level').selectOption({ label: 'loud' });
  await page.getByRole('button', { name: 'Save and reload' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await values()).toMatchObject({
    ...{ CHANNEL: 'console-before', level: 'loud', retries: 3, apiKey: 'correct-horse' },
  });
  await page.getByRole('button', { name: 'Remove API key' }).click();
  await page.getByRole('button', { name: 'Save and reload' }).click();
  await page.getByText('Generation 4').waitFor();
  expect((await values()).apiKey).toBeUndefined();
});

test('an issue is shown at its field, which the keyboard is taken to', async () => {
  const { page, complaints } = await openSettings();
  await page.getByLabel('CHANNEL').fill('x');
  await page.getByLabel('retries').fill('many');
  await page.getByRole('button', { name: 'Save and reload' }).click();
  await page.getByText('Nothing was saved: 2 values are not as wanted.').waitFor();
  const channel = page.getByLabel('CHANNEL');
  expect(await channel.getAttribute('aria-invalid')).toBe('true');
  const described = (await channel.getAttribute('aria-describedby'))?.split(' ').at(-1);
  expect(await page.locator(`#${described}`).textContent()).toMatch(/>=3 characters/);
  expect(await page.evaluate('document.activeElement.id')).toBe('field-CHANNEL');
  expect(await page.locator('#field-level').getAttribute('aria-invalid')).not.toBe('true');
  // The browser itself writes down every answer that is an error.
  expect(complaints.filter((text) => !text.includes('422'))).toEqual([]);
});

test('values the plugin does not start with are said to be saved, and who serves on', async () => {
  const { page } = await openSettings('dark');
  await page.getByLabel('CHANNEL').fill('console-gone');
  await page.getByRole('button', { name: 'Save and reload' }).click();
  await page.getByText('does not start with these values').waitFor();
  expect(await page.locator('#outcome').textContent()).toContain('Generation 1 serves on');
  expect((await values()).CHANNEL).toBe('console-ci');
});

test('what a variable gives can be seen and not be changed', async () => {
  const { page } = await openSettings();
  expect(await page.getByLabel('region').inputValue()).toBe('eu');
  expect(await page.getByLabel('region').isDisabled()).toBe(true);
  await page.getByText('Set by the variable GATEHOUSE_CONFIG_ACME_CI_REGION').waitFor();
});

test('a wrong token is said to be wrong, and the page keeps none', async () => {
  const { page } = await openPage();
  await page.goto(address());
  await page.getByLabel('Operator token').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('The host does not know this token.').waitFor();
  expect(await page.getByLabel('Operator token').inputValue()).toBe('');
  expect(await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length')).toBe(0);
});
