import { execFile } from 'node:child_process';
import path from 'node:path';
import { createTestSchema, type TestDatabase } from './support/postgres';
import { pluginFolder } from './support/plugin-folder';
import { root, startProcessHost, type ProcessHost } from './support/process-host';

const SOURCE = `import { Plugin, z } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'conf', version: '1.0.0', name: 'Conf', description: 'Of a test.' });
export const config = plugin.config(z.object({ CHANNEL: z.string().min(3).default('console-a') }));
plugin.get('/', () => config.CHANNEL);
`;

const set = (host: ProcessHost, value: string): Promise<{ code: number; text: string }> =>
  new Promise((resolve) =>
    execFile(
      process.execPath,
      [path.join(root, 'dist/main.js'), 'plugins', 'config', 'acme.conf', '--set', `CHANNEL=${value}`],
      { env: { ...process.env, ...host.env } },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), text: out + err }),
    ),
  );
const channelOf = async ({ base }: ProcessHost) =>
  (await fetch(`${base}/api/plugin/acme.conf/`)).json() as Promise<unknown>;

describe('two hosts on one database', () => {
  let database: TestDatabase;
  let hosts: ProcessHost[];
  beforeAll(async () => {
    database = await createTestSchema();
    const env = { GATEHOUSE_DATABASE_URL: database.url, GATEHOUSE_MASTER_KEY: 'c'.repeat(64) };
    const start = () => startProcessHost({ plugins: [pluginFolder({ 'conf/index.ts': SOURCE })], env });
    hosts = await Promise.all([start(), start()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await database.drop();
  }, 60_000);

  test('run on what an operator stored at one of them, from its answer on', async () => {
    const [a, b] = hosts as [ProcessHost, ProcessHost];
    expect([await channelOf(a), await channelOf(b)]).toEqual(['console-a', 'console-a']);
    expect(await set(a, 'console-b')).toMatchObject({ code: 0 });
    expect([await channelOf(a), await channelOf(b)]).toEqual(['console-b', 'console-b']);
    expect(await set(b, 'console-c')).toMatchObject({ code: 0 });
    expect([await channelOf(a), await channelOf(b)]).toEqual(['console-c', 'console-c']);
  });

  test('refuse what the schema does, and go on as they were', async () => {
    const [a, b] = hosts as [ProcessHost, ProcessHost];
    const refused = await set(b, 'x');
    expect([refused.code, refused.text]).toEqual([1, expect.stringContaining('CHANNEL')]);
    expect([await channelOf(a), await channelOf(b)]).toEqual(['console-c', 'console-c']);
  });
});
