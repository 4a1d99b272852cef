import { execFile } from 'node:child_process';
import path from 'node:path';
import { createTestSchema, openPostgres, type TestDatabase } from './support/postgres';
import { pluginFolder, writeFiles } from './support/plugin-folder';
import { root, startProcessHost, type ProcessHost } from './support/process-host';

const sourceOf = (key: string, more = '') => {
  const [author, module] = key.split('.');
  return `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: '${author}', module: '${module}', version: '1.0.0', name: '${key}', description: 'Of a test.' });
plugin.get('/', () => ({ pid: process.pid }));
${more}`;
};

function start(folder: string, databaseUrl: string): Promise<ProcessHost> {
  return startProcessHost({
    plugins: [folder],
    env: {
      GATEHOUSE_DATABASE_URL: databaseUrl,
      GATEHOUSE_MASTER_KEY: 'b'.repeat(64),
      GATEHOUSE_TIMEOUTS_START_MS: '4000',
      GATEHOUSE_TIMEOUTS_DRAIN_MS: '500',
    },
  });
}

const statusOf = async ({ base }: ProcessHost, key = 'acme.ci') =>
  (await fetch(`${base}/api/plugin/${key}/`)).status;
const change = async (host: ProcessHost, verb: string, key = 'acme.ci') => {
  const { status, body } = await host.operator('POST', `plugins/${key}/${verb}`);
  return { status, body, transition: body.transition ?? body };
};
const generationOf = async (host: ProcessHost, key = 'acme.ci') =>
  (await host.operator('GET', `plugins/${key}`)).body.generation as number;

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await holds());) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('three hosts on one database', () => {
  let database: TestDatabase;
  let folders: string[];
  let a: ProcessHost;
  let b: ProcessHost;
  let c: ProcessHost;
  const started: ProcessHost[] = [];
  const outcomesOf = (transition: { hosts: { url: string; outcome: string }[] }) =>
    Object.fromEntries(transition.hosts.map(({ url, outcome }) => [url, outcome]));

  beforeAll(async () => {
    database = await createTestSchema();
    folders = [0, 1, 2].map(() => pluginFolder({ 'ci/index.ts': sourceOf('acme.ci') }));
    writeFiles(folders[0] ?? '', { 'only/index.ts': sourceOf('acme.only') });
    started.push(...(await Promise.all(folders.map((folder) => start(folder, database.url)))));
    [a, b, c] = started as [ProcessHost, ProcessHost, ProcessHost];
  }, 60_000);
  afterAll(async () => {
    await Promise.all(started.map((host) => host.stop()));
    await database.drop();
  }, 60_000);

  test('are listed with what they do and how their plugins are', async () => {
    await until('all of them with their addresses', async () => {
      const { body } = await b.operator('GET', 'inbox/nodes');
      return body.nodes.length === 3 && body.nodes.every(({ url }: { url: string }) => url !== '');
    });
    const { nodes } = (await b.operator('GET', 'inbox/nodes')).body;
    const shown = nodes.map(({ url, state, plugins }: any) => [url, { state, plugins }]);
    expect(Object.fromEntries(shown)).toEqual({
      [a.base]: { state: 'serving', plugins: { live: 2 } },
      [b.base]: { state: 'serving', plugins: { live: 1 } },
      [c.base]: { state: 'serving', plugins: { live: 1 } },
    });
  });

  test('each loaded the plugin once, though all of them noted it as known', async () => {
    expect(await Promise.all([a, b, c].map((host) => generationOf(host)))).toEqual([1, 1, 1]);
  });

  test('all stop serving a plugin that is disabled on one, which says what each did', async () => {
    const { status, transition } = await change(a, 'disable');
    expect([status, transition.ok, transition.state]).toEqual([200, true, 'disabled']);
    expect(transition.hosts).toHaveLength(3);
    expect(transition.hosts[0].url).toBe(a.base);
    expect(outcomesOf(transition)).toEqual({ [a.base]: 'done', [b.base]: 'done', [c.base]: 'done' });
    expect(await Promise.all([a, b, c].map((host) => statusOf(host)))).toEqual([404, 404, 404]);
    expect((await change(b, 'reload')).body.code).toBe('plugin/disabled');
  });

  test('one that was killed and is started anew obeys', async () => {
    c.signal('SIGKILL');
    c = await start(folders[2] ?? '', database.url);
    started.push(c);
    expect(await statusOf(c)).toBe(404);
    expect((await c.operator('GET', 'plugins/acme.ci')).body.state).toBe('disabled');
    await until('the killed one to be off the list', async () => {
      return (await a.operator('GET', 'inbox/nodes')).body.nodes.length === 3;
    });
    const { transition } = await change(c, 'enable');
    expect(outcomesOf(transition)).toEqual({ [a.base]: 'done', [b.base]: 'done', [c.base]: 'done' });
    expect(await Promise.all([a, b, c].map((host) => statusOf(host)))).toEqual([200, 200, 200]);
  }, 60_000);

  test('reload together, each one generation further', async () => {
    const before = await Promise.all([a, b, c].map((host) => generationOf(host)));
    const { status, transition } = await change(a, 'reload');
    expect(status).toBe(200);
    const after = [a, b, c].map(
      ({ base }) => transition.hosts.find(({ url }: { url: string }) => url === base).generation,
    );
    expect(after).toEqual(before.map((generation) => generation + 1));
    expect(await Promise.all([a, b, c].map((host) => generationOf(host)))).toEqual(after);
  });

  test('name the one where a reload failed; it serves on as before', async () => {
    const before = await generationOf(c);
    writeFiles(folders[2] ?? '', { 'ci/index.ts': sourceOf('acme.ci', 'throw new Error("bad disk");') });
    const { status, body, transition } = await change(a, 'reload');
    expect([status, body.code, transition.ok]).toEqual([409, 'plugin/load-failed', false]);
    expect(body.detail).toContain(`1 of 3 hosts (${c.base})`);
    expect(outcomesOf(transition)).toEqual({ [a.base]: 'done', [b.base]: 'done', [c.base]: 'failed' });
    const failed = transition.hosts.find(({ outcome }: { outcome: string }) => outcome === 'failed');
    expect(failed).toMatchObject({
      generation: before,
      failure: { message: expect.stringContaining('bad disk'), stack: expect.stringContaining('index.ts:') },
    });
    expect([await statusOf(c), await generationOf(c)]).toEqual([200, before]);
    const { code, out, err } = await commandLine(['plugins', 'reload', 'acme.ci'], a.env);
    expect(code).toBe(1);
    expect(err).toMatch(/^acme\.ci was reloaded on 2 of 3 hosts only\n/);
    expect(err).toContain(`${c.base}: plugin/load-failed`);
    expect(out).toMatch(new RegExp(`^URL +HOST +OUTCOME +GENERATION\n${a.base} [^\n]*done +\\d+\n`));
    expect(out).toMatch(new RegExp(`^${c.base} .*failed +${before}$`, 'm'));
    writeFiles(folders[2] ?? '', { 'ci/index.ts': sourceOf('acme.ci') });
    expect((await change(b, 'enable')).transition.ok).toBe(true);
    expect((await change(b, 'reload')).transition.ok).toBe(true);
  }, 30_000);

  test('change a plugin that only one of them has, whichever is asked', async () => {
    const { status, transition } = await change(b, 'disable', 'acme.only');
    expect(status).toBe(200);
    expect(transition).toMatchObject({
      state: 'disabled',
      hosts: [{ url: b.base, outcome: 'absent' }, {}, {}],
    });
    expect(outcomesOf(transition)).toEqual({ [a.base]: 'done', [b.base]: 'absent', [c.base]: 'absent' });
    expect(await statusOf(a, 'acme.only')).toBe(404);
    expect((await change(c, 'reload', 'acme.only')).body.code).toBe('plugin/disabled');
    const enabled = (await change(b, 'enable', 'acme.only')).transition;
    expect(enabled).toMatchObject({ ok: true, state: 'live' });
    expect(await statusOf(a, 'acme.only')).toBe(200);
  });

  test('know nothing of a plugin that none of them has, and keep no wish for it', async () => {
    for (const verb of ['disable', 'enable', 'reload'])
      expect((await change(a, verb, 'acme.none')).body.code).toBe('plugin/unknown');
    writeFiles(folders[1] ?? '', { 'none/index.ts': sourceOf('acme.none') });
    const later = await start(folders[1] ?? '', database.url);
    started.push(later);
    expect(await statusOf(later, 'acme.none')).toBe(200);
    expect(await later.stop()).toBe(0);
  }, 30_000);

  test('list one that does not answer, which obeys once it can', async () => {
    c.signal('SIGSTOP');
    const { status, body, transition } = await change(a, 'disable');
    expect([status, body.code, transition.ok]).toEqual([504, 'plugin/silent-host', false]);
    expect(body.detail).toContain(c.base);
    expect(outcomesOf(transition)).toEqual({ [a.base]: 'done', [b.base]: 'done', [c.base]: 'silent' });
    c.signal('SIGCONT');
    await until('the silent one to obey', async () => (await statusOf(c)) === 404);
    expect((await change(c, 'enable')).transition.ok).toBe(true);
  }, 60_000);
});

test('a host whose database is gone refuses changes and serves on; nothing is half done', async () => {
  const server = await openPostgres();
  const host = await start(pluginFolder({ 'ci/index.ts': sourceOf('acme.ci') }), await server.start());
  try {
    await server.stop();
    for (const verb of ['disable', 'reload']) {
      const { status, body } = await change(host, verb);
      expect([verb, status, body.code]).toEqual([verb, 503, 'plugin/change-refused']);
    }
    const { code, err } = await commandLine(['plugins', 'disable', 'acme.ci'], host.env);
    expect([code, err]).toEqual([1, expect.stringContaining('nothing was changed')]);
    expect([await statusOf(host), await generationOf(host)]).toEqual([200, 1]);
    await server.start();
    await until('the database to be seen again', async () => (await change(host, 'reload')).status === 200);
    const { body } = await change(host, 'disable');
    expect(body).toEqual({ key: 'acme.ci', ok: true, state: 'disabled', generation: 0 });
  } finally {
    await host.stop();
    await server.close();
  }
}, 90_000);

function commandLine(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    const command = [path.join(root, 'dist/main.js'), ...args];
    execFile(process.execPath, command, { env, cwd: root }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    );
  });
}
