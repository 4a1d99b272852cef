import { openConfigYard, TOKEN, type ConfigYard } from '../support/config-yard';
import { run } from './command-line';

let host: ConfigYard;
beforeEach(async () => {
  host = await openConfigYard();
  host.file['acme.ci'] = { level: 'quiet' };
  await host.yard.plugin(
    'ci',
    'acme.ci',
    `import { z } from 'zod';
    const config = plugin.config(z.object({
      CHANNEL: z.string().min(3).default('console-ci'),
      level: z.string(),
      tags: z.array(z.string()).optional(),
      apiKey: z.string().optional().meta({ secret: true }),
    }));
    plugin.onInit(() => { if (config.CHANNEL === 'gone') throw new Error('no such channel'); });`,
  );
  await host.yard.reconciler.rescan();
});
afterEach(() => host.close());

const config = (...argv: string[]) =>
  run(['plugins', 'config', 'acme.ci', ...argv, '--url', host.url, '--token', TOKEN]);
const stored = () => JSON.parse(host.storedText('acme.ci')).values as unknown;

test('a configuration is shown with its sources, secrets masked', async () => {
  await host.call('PUT', 'acme.ci/config', { values: { apiKey: 'correct-horse' }, revision: 0 });
  const { exitCode, out } = await config();
  expect(exitCode).toBe(0);
  expect(out).toMatch(/CHANNEL\s+"console-ci"\s+default/);
  expect(out).toMatch(/level\s+"quiet"\s+file/);
  expect(out).toMatch(/apiKey\s+\(set\)\s+stored/);
  expect(out).not.toContain('correct-horse');
});

test('what must be given and is not is shown as such', async () => {
  delete host.file['acme.ci'];
  const { out } = await config();
  expect(out).toMatch(/level +\(not set\) +\(required\)/);
  expect(out).toMatch(/apiKey +\(not set\)/);
});

test('values are set and unset one by one; the others stay', async () => {
  expect((await config('--set', 'CHANNEL=console-b', '--set', 'tags=a, b')).out).toContain(
    'stored (revision 1), generation 2 serves',
  );
  expect(stored()).toEqual({ CHANNEL: 'console-b', tags: ['a', 'b'] });
  expect((await config('--unset', 'CHANNEL', '--set', 'level=a=b')).exitCode).toBe(0);
  expect(stored()).toEqual({ tags: ['a', 'b'], level: 'a=b' });
});

test('issues are told by field, and the command fails', async () => {
  const { exitCode, err } = await config('--set', 'CHANNEL=x', '--set', 'nonsense=1');
  expect(exitCode).toBe(1);
  expect(err).toMatch(/CHANNEL: Too small/);
  expect(err).toContain('nonsense: the schema declares no such field');
});

test('values the plugin does not start with are stored, and the command fails', async () => {
  const { exitCode, err } = await config('--set', 'CHANNEL=gone');
  expect(exitCode).toBe(1);
  expect(err).toContain('stored (revision 1), but it does not start with it');
});

test.each([['apiKey=correct-horse'], ['CHANNEL'], ['=x']])('--set %s is refused', async (pair) => {
  const { exitCode, err } = await config('--set', pair);
  expect(exitCode).not.toBe(0);
  expect(err).toMatch(/NAME=VALUE|settings page/);
  expect(err).not.toContain('correct-horse');
  expect(host.storedText('acme.ci')).toBe('');
});

test('with --json it is the operator API’s answer', async () => {
  expect(JSON.parse((await config('--json')).out)).toMatchObject({ revision: 0, values: { level: 'quiet' } });
});
