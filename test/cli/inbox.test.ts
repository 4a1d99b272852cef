import { readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { KEY, startInboxHost, type InboxHost } from '../operator/inbox-host';
import { TOKEN } from '../operator/operator-host';
import { run, type Ran } from './command-line';

let host: InboxHost;
beforeEach(async () => {
  host = await startInboxHost();
});
afterEach(() => host.close());

const local = (...argv: string[]) =>
  run(['inbox', ...argv, '--data', host.operator.data], { cwd: host.folder });
const remote = (...argv: string[]) =>
  run(['inbox', ...argv, '--url', host.operator.url, '--token', TOKEN], { cwd: host.folder });
const json = async (...argv: string[]) => {
  const { exitCode, out } = await local(...argv, '--json');
  return { exitCode, document: JSON.parse(out) as any };
};
const hour = () => ({ runAt: Date.now() + 3_600_000 });
const TIME = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/;

describe.each([
  ['through the local socket', local],
  ['at an address', remote],
])('%s', (_, ask) => {
  test('lists print tables, without escape sequences of plugins, and say how to go on', async () => {
    await host.deliver('bad push', { ip: '10.0.0.1' });
    await host.enqueue({ id: 1 }, hour());
    await host.reached('dead', 1);
    const jobs = await ask('list');
    expect(jobs.exitCode).toBe(0);
    const [head = '', later = '', dead = ''] = jobs.out.split('\n');
    expect(head.split(/ {2,}/)).toEqual([
      'JOB',
      'PLUGIN',
      'TASK',
      'STATE',
      'ATTEMPTS',
      'LANE',
      'STORED',
      'ERROR',
    ]);
    expect(later).toMatch(/ acme\.ci +work +later +0 +\d{4}/);
    expect(dead).toMatch(/ acme\.ci +POST \/github +dead +3 +.*the build server said no$/);
    expect(jobs.out).not.toContain('\u001b');
    expect((await ask('list', 'dead')).out.split('\n')).toHaveLength(3);
    expect((await ask('list', 'receipts', '--ip', '10.0.0.1')).out).toMatch(
      /POST \/github +\S+ \S+ +10\.0\.0\.1 +8 +.*dead/,
    );
    expect((await ask('list', 'attempts')).out.split('\n')).toHaveLength(5);
    expect((await ask('list', 'counts')).out).toMatch(
      /^PLUGIN +TASK +READY[^]*POST \/github( +0){5} +1 +0 +0\n/,
    );
    expect((await ask('list', 'pauses')).out).toBe('Nothing is paused.\n');
    expect((await ask('list', '--text', 'no such text')).out).toBe('Nothing.\n');
    expect((await ask('nodes')).out).toMatch(/^HOST +URL[^]*\nhost-1 /);
    expect((await ask('list', 'orphaned')).out).toBe('Nothing.\n');
    const page = await ask('list', '--limit', '1');
    const [, after = ''] = /More with --after (\S+)/.exec(page.out) ?? [];
    expect((await ask('list', '--limit', '1', '--after', after)).out).toContain('POST /github');
  });

  test('orphans are listed with the reason, and dropped by it', async () => {
    await host.enqueue({ id: 1 }, hour());
    host.unmount();
    const orphans = (await ask('list', 'orphaned')).out;
    expect(orphans).toMatch(/ acme\.ci +work +later \(plugin absent\) +0 /);
    expect((await ask('list', 'jobs')).out).toBe(orphans);
    const drop = await ask('drop', '--orphaned', '--states', 'later');
    expect([drop.exitCode, drop.out]).toEqual([0, '1 job dropped\n']);
    expect((await ask('list', 'orphaned')).out).toBe('Nothing.\n');
  });

  test('show prints a job with its attempts, and a receipt with its request but not its credentials', async () => {
    const receiptId = await host.deliver('bad push', { headers: ['X-Event', 'push', 'Cookie', 'sesame'] });
    await host.reached('dead', 1);
    const receipt = await ask('show', receiptId);
    expect(receipt.out).toMatch(/^receipt {3}\S+\nendpoint {2}acme\.ci POST \/github\nreceived {2}/);
    expect(receipt.out).toMatch(
      /\n\nPOST \/api\/plugin\/acme\.ci\/github\nX-Event: push\nCookie: ••••••\n\nbad push\n$/,
    );
    const [, jobId = ''] = /job {7}(\S+) dead/.exec(receipt.out) ?? [];
    const job = await ask('show', jobId);
    expect(job.out).toMatch(TIME);
    expect(job.out).toMatch(/ {2}3\. failed at .* on host-1\n {5}.*the build server said no/);
    expect(job.out).not.toContain('\u001b');
    const none = await ask('show', 'nonsense');
    expect(none).toMatchObject({ exitCode: 1, err: expect.stringContaining('no receipt nonsense') });
  });

  test('show --fixture gives a receipt’s request for tests, printed or into a file', async () => {
    const id = await host.deliver('a push', { headers: ['X-Event', 'push', 'Cookie', 'sesame'] });
    const { exitCode, out } = await ask('show', id, '--fixture');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ method: 'POST', path: '/api/plugin/acme.ci/github', body: 'a push' },
      headers: { 'x-event': 'push' },
    });
    expect(out).not.toContain('sesame');
    const written = await ask('show', id, '--fixture', '--output', 'push.json');
    expect([written.exitCode, written.out]).toEqual([0, 'The fixture is in push.json\n']);
    expect(readFileSync(path.join(host.folder, 'push.json'), 'utf8')).toBe(out);
    expect((await ask('show', id, '--fixture', '--output', 'no/such/push.json')).err).toContain('push.json');
    expect((await ask('show', 'nonsense', '--fixture')).err).toContain('no receipt nonsense');
    expect((await ask('show', id, '--output', 'push.json')).exitCode).toBe(2);
  });

  test('retry, cancel, drop, replay and purge say how many, beforehand too', async () => {
    const receiptId = await host.deliver('push');
    const dead = await host.enqueue({ id: 'bad' });
    const later = await host.enqueue({ id: 1 }, hour());
    await host.reached('dead', 1);
    const said = async (...argv: string[]) => (await ask(...argv)).out;
    expect(await said('retry', '--plugin', KEY, '--dry-run')).toBe('1 job would be retried\n');
    host.mend();
    expect(await said('retry', '--plugin', KEY)).toBe('1 job retried\n');
    await host.reached('succeeded', 2);
    expect(await ask('retry', dead)).toMatchObject({
      exitCode: 1,
      out: '0 jobs retried, 1 left as they were\n',
    });
    expect(await said('cancel', later)).toBe('1 job cancelled\n');
    expect(await said('drop', '--all')).toBe('1 job dropped\n');
    expect(await said('replay', receiptId)).toBe('1 receipt replayed\n');
    await host.reached('succeeded', 3);
    expect(await said('purge', '--until', '30d')).toBe('0 receipts purged\n');
    expect(await said('purge', '--name', 'POST /github')).toBe('1 receipt purged\n');
  });
});

test('pause and resume a plugin, a task and a lane', async () => {
  await host.enqueue({ id: 1 });
  await host.reached('succeeded', 1);
  const said = async (...argv: string[]) => (await local(...argv)).out;
  expect(await said('pause', KEY, '--reason', 'a\u001b[31m reason')).toBe('acme.ci is paused\n');
  expect(await said('pause', KEY)).toBe('acme.ci was paused already\n');
  expect(await said('pause', KEY, 'work', '--lane', 'a')).toBe('acme.ci work lane a is paused\n');
  const { out } = await local('list', 'pauses');
  expect(out).toMatch(/acme\.ci +work +a /);
  expect(out).toMatch(/a reason/);
  expect(out).not.toContain('\u001b');
  expect(await said('resume', KEY)).toBe('acme.ci is worked again\n');
  expect(await said('resume', KEY)).toBe('acme.ci was not paused\n');
  expect((await local('pause', KEY, 'no such')).exitCode).toBe(1);
});

test('export writes lines that import stores once', async () => {
  await host.enqueue({ id: 1 }, hour());
  await host.enqueue({ id: 2 }, hour());
  const printed = await local('export');
  expect(
    printed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).payload),
  ).toEqual(['{"id":1}', '{"id":2}']);
  expect(await local('export', '--output', 'jobs.jsonl')).toMatchObject({
    out: '2 exported to jobs.jsonl\n',
  });
  const file = path.join(host.folder, 'jobs.jsonl');
  expect(readFileSync(file, 'utf8')).toBe(printed.out);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await local('drop', '--states', 'later');
  expect((await local('import', 'jobs.jsonl')).out).toBe('2 imported, 0 were there already\n');
  expect((await local('import', 'jobs.jsonl')).out).toBe('0 imported, 2 were there already\n');
  await host.reached('later', 2);
});

test('an export that fails leaves the file that was there, and nothing beside it', async () => {
  const file = path.join(host.folder, 'jobs.jsonl');
  writeFileSync(file, 'the old one\n');
  const before = readdirSync(host.folder).sort();
  expect(await local('export', '--states', 'succeeded', '--output', 'jobs.jsonl')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('what succeeded is not exported'),
  });
  expect(readFileSync(file, 'utf8')).toBe('the old one\n');
  expect(readdirSync(host.folder).sort()).toEqual(before);
  await host.enqueue({ id: 1 }, hour());
  symlinkSync('jobs.jsonl', path.join(host.folder, 'link.jsonl'));
  expect((await local('export', '--output', 'link.jsonl')).exitCode).toBe(0);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ payload: '{"id":1}' });
  expect(readlinkSync(path.join(host.folder, 'link.jsonl'))).toBe('jobs.jsonl');
  expect(await local('export', '--output', '.')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('something else than a file'),
  });
});

test('an export that is printed waits for whoever reads it', async () => {
  for (const id of [1, 2, 3]) await host.enqueue({ id }, hour());
  const written: string[] = [];
  let isWaited = false;
  const stdout = {
    write: (text: string) => {
      expect(isWaited).toBe(false);
      written.push(text);
      return false;
    },
    once: (_event: 'drain', listener: () => void) => {
      isWaited = true;
      setImmediate(() => {
        isWaited = false;
        listener();
      });
    },
  };
  const { exitCode } = await run(['inbox', 'export', '--data', host.operator.data], { stdout });
  expect([exitCode, written.length]).toEqual([0, 3]);
});

test('a file that is no export, or none at all, is refused and named', async () => {
  writeFileSync(path.join(host.folder, 'torn.jsonl'), '{"format":"gatehouse-job-1"\n');
  writeFileSync(path.join(host.folder, 'other.jsonl'), '{"some":"thing"}\n');
  const refusals: [string, string][] = [
    ['torn.jsonl', 'torn.jsonl cannot be used: line 1 is not JSON'],
    ['other.jsonl', 'entry 1 of the import is not of format'],
    ['none.jsonl', 'none.jsonl cannot be used: ENOENT'],
  ];
  for (const [file, why] of refusals) {
    const { exitCode, err } = await local('import', file);
    expect([exitCode, err]).toEqual([1, expect.stringContaining(why)]);
  }
  expect((await local('import', 'torn.jsonl', '--json')).out).toContain('inbox/bad-file');
  expect(await local('export', '--output', 'no/such/folder')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('ENOENT'),
  });
});

test('--json prints one document per command, errors included', async () => {
  const id = await host.enqueue({ id: 'bad' });
  await host.reached('dead', 1);
  expect(await json('list', 'dead')).toMatchObject({ exitCode: 0, document: { items: [{ id }] } });
  expect(await json('show', id)).toMatchObject({ document: { job: { id, attempts: [{}, {}, {}] } } });
  expect(await json('list', 'counts')).toMatchObject({ document: { counts: [{ states: { dead: 1 } }] } });
  expect(await json('drop', '--all', '--dry-run')).toMatchObject({ document: { count: 1 } });
  expect(await json('drop', id)).toMatchObject({ exitCode: 0, document: { looked: 1, changed: 1 } });
  expect(await json('show', id)).toMatchObject({
    exitCode: 1,
    document: { error: { code: 'inbox/not-found' } },
  });
  expect(await json('nodes')).toMatchObject({ document: { nodes: [{ id: 'host-1' }] } });
  expect(await json('pause', KEY)).toMatchObject({ document: { plugin: KEY, changed: true } });
});

const misused: string[][] = [
  ['drop'],
  ['drop', 'id', '--all'],
  ['drop', 'id', '--plugin', KEY],
  ['list', 'nothing'],
  ['list', '--states', 'broken'],
  ['list', '--since', 'yesterday'],
  ['list', '--limit', '201'],
  ['pause'],
  ['import'],
  ['show'],
  ['unknown'],
];
test.each(misused.map((argv) => [argv] as const))(
  'inbox %j is a mistake of usage: exit code 2, nothing done',
  async (argv) => {
    const id = await host.enqueue({ id: 'bad' });
    await host.reached('dead', 1);
    expect(await local(...argv)).toMatchObject({ exitCode: 2, out: '' });
    expect((await host.desk.job(id)).state).toBe('dead');
  },
);

test('a state the verb never changes is an error, not nothing', async () => {
  expect(await local('retry', '--states', 'succeeded')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('retry changes jobs that are dead'),
  });
});

test('a bar shows how far a long change is, only on a terminal', async () => {
  await Promise.all(Array.from({ length: 250 }, () => host.enqueue({ id: 'x' }, hour())));
  const command = (isTTY: boolean): Promise<Ran> =>
    run(['inbox', 'cancel', '--states', 'later', '--data', host.operator.data], { isErrorTTY: isTTY });
  const shown = await command(true);
  expect(shown.err).toMatch(/cancel █+░+ 80 % {2}200 of 250[^]*100 % {2}250 of 250/);
  expect(shown).toMatchObject({ exitCode: 0, out: '250 jobs cancelled\n' });
  await host.desk.change('retry', { filter: { states: ['cancelled'] } });
  expect((await command(false)).err).toBe('');
});
