import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { readReadmes } from '../../src/plugins/plugin-readme';
import { createDataDesk } from '../../src/state/data-desk';
import { createDocuments } from '../../src/state/documents';
import { run } from '../cli/command-line';
import { keyOf } from '../core/plain-mount';
import {
  draftOf,
  engineOn,
  hook,
  task,
  temporaryFolder,
  until,
  type EngineUnderTest,
} from '../inbox/engine-under-test';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';

const KEY = 'acme.ci';
const github = hook('/github', () => {});
let folder: ReturnType<typeof temporaryFolder>;
let readmes: string;
let engine: EngineUnderTest;
let host: OperatorHost;

beforeAll(async () => {
  folder = temporaryFolder();
  readmes = mkdtempSync(path.join(tmpdir(), 'gatehouse-readme-'));
  engine = engineOn(await SqliteStore.open({ file: path.join(folder.folder, 'inbox.db') }));
  const nightly = {
    kind: 'schedule',
    name: 'nightly',
    cron: '0 3 * * *',
    timezone: 'UTC',
    task: 'report',
  } as const;
  const origin = { dialect: 'native', where: 'nightly' };
  engine.put(KEY, [github, task('report', () => {}), { ...nightly, origin, payload: 1, catchUp: 'skip' }]);
  await engine.start();
  const documents = createDocuments({ database: engine.database });
  for (const id of ['a', 'b', 'c']) await documents.of(keyOf(KEY)).create('builds', { id });
  const found = (key: string) => ({ found: { folder: path.join(readmes, key), from: 'folder' } });
  host = await startOperatorHost(undefined, engine.desk, undefined, {
    deliveries: engine.deliveriesDesk,
    schedules: engine.schedulesDesk,
    data: createDataDesk(engine.database),
    changes: engine.changes,
    readmeOf: readReadmes({ find: (key: string) => found(key) as never }),
  });
});
afterAll(async () => {
  await host.close();
  await engine.stop(2_000);
  folder.remove();
  rmSync(readmes, { recursive: true });
});

async function ask(method: string, verb: string) {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${host.url}/api/operator/${verb}`, { method, headers });
  return { status: response.status, body: (await response.json()) as any };
}
const cli = async (...argv: string[]) => run([...argv, '--url', host.url, '--token', TOKEN]);

describe('the operator API', () => {
  it('tells what came of a delivery, and gives it as a fixture that can be sent again', async () => {
    const draft = draftOf(KEY, github, {
      request: {
        headers: ['content-type', 'application/json', 'authorization', 'Bearer x'],
        body: Buffer.from('{"a":1}'),
      },
    });
    const { receiptId } = await engine.inbox.accept(draft);
    await engine.idle();
    const { body } = await ask('GET', `deliveries/${receiptId}`);
    expect(body).toMatchObject({ receipt: { id: receiptId }, jobs: [{ state: 'succeeded' }], caused: [] });
    const { body: file } = await ask('GET', `deliveries/${receiptId}/fixture`);
    const fixture = JSON.parse(file.text);
    expect(fixture).toEqual({
      ...{ method: 'POST', path: '/api/plugin/acme.ci/github', body: '{"a":1}' },
      headers: { 'content-type': 'application/json', authorization: 'redacted-1' },
    });
    expect((await ask('GET', 'deliveries/none')).status).toBe(404);
  });

  it('lists schedules and runs one', async () => {
    const { body } = await ask('GET', 'schedules');
    expect(body.schedules).toEqual([expect.objectContaining({ name: 'nightly', isPaused: false })]);
    const { status, body: ran } = await ask('POST', 'schedules/acme.ci/nightly/run');
    expect(status).toBe(200);
    expect((await engine.desk.job(ran.job)).name).toBe('report');
    expect(await ask('POST', 'schedules/acme.ci/none/run')).toMatchObject({
      status: 404,
      body: { code: 'schedule/unknown' },
    });
  });

  it('shows what a plugin keeps, and removes of it what is named in full', async () => {
    expect((await ask('GET', 'plugins/acme.ci/data')).body.collections).toEqual([
      { collection: 'builds', scope: 'plugin', count: 3 },
    ]);
    const page = await ask('GET', 'plugins/acme.ci/data/documents?collection=builds&limit=2');
    expect(page.body.items.map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
    const one = 'plugins/acme.ci/data/documents?collection=builds&scope=plugin';
    expect((await ask('DELETE', one)).status).toBe(400);
    expect((await ask('DELETE', `${one}&id=a`)).body).toEqual({ removed: true });
    expect((await ask('DELETE', 'plugins/acme.ci/data?colection=builds')).status).toBe(400);
    expect((await ask('GET', 'plugins/acme.ci/data/documents?colection=builds')).status).toBe(400);
  });

  it('gives the README of a plugin, and none that lies elsewhere or is too large', async () => {
    const write = (key: string, text: string) => {
      mkdirSync(path.join(readmes, key));
      writeFileSync(path.join(readmes, key, 'README.md'), text);
    };
    write('acme.ci', '# CI');
    expect((await ask('GET', 'plugins/acme.ci/readme')).body).toEqual({ markdown: '# CI' });
    write('acme.broken', 'x'.repeat(262_145));
    const none = { status: 404, body: { code: 'plugin/no-readme' } };
    expect(await ask('GET', 'plugins/acme.broken/readme')).toMatchObject(none);
    mkdirSync(path.join(readmes, 'acme.off'));
    symlinkSync('../acme.ci/README.md', path.join(readmes, 'acme.off/README.md'));
    expect(await ask('GET', 'plugins/acme.off/readme')).toMatchObject(none);
    expect((await ask('GET', 'plugins/acme.none/readme')).body.code).toBe('plugin/unknown');
  });

  it('streams what changes', async () => {
    const gone = new AbortController();
    const response = await fetch(`${host.url}/api/operator/changes`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: gone.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    let text = '';
    const read = (async () => {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>)
        text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    await engine.inbox.accept(draftOf(KEY, github));
    await until('it was told', () => text.includes('data: {"topic":"receipts","plugin":"acme.ci"}\n\n'));
    gone.abort();
    await read;
  });
});

describe('the command line', () => {
  it('lists schedules as a table and as JSON, and runs one', async () => {
    const { out } = await cli('schedules', 'list');
    expect(out).toMatch(
      /^PLUGIN +NAME +CRON +TASK +LAST DUE +NEXT\nacme\.ci +nightly +0 3 \* \* \* UTC +report/,
    );
    expect(JSON.parse((await cli('schedules', 'list', '--json')).out).schedules).toHaveLength(1);
    expect((await cli('schedules', 'run', KEY, 'nightly')).out).toMatch(
      /^nightly of acme\.ci is enqueued as job /,
    );
    const { exitCode, err } = await cli('schedules', 'run', KEY, 'none');
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringContaining('it has: nightly') });
  });

  it('shows, removes and clears what a plugin keeps; the last only when it is told twice', async () => {
    expect((await cli('data', 'list', KEY)).out).toMatch(/builds +plugin +2/);
    expect((await cli('data', 'show', KEY, '--id', 'b')).out).toContain('builds b, version 1');
    expect((await cli('data', 'remove', KEY, 'builds', 'b')).out).toBe('b of builds is removed\n');
    expect((await cli('data', 'remove', KEY, 'builds', 'b')).exitCode).toBe(1);
    const asked = await cli('data', 'clear', KEY);
    expect(asked).toMatchObject({ exitCode: 1, err: expect.stringContaining('add --yes') });
    expect((await cli('data', 'clear', KEY, '--yes')).out).toBe(
      '1 documents removed: everything acme.ci keeps\n',
    );
    expect((await cli('data', 'list', KEY)).out).toBe('acme.ci keeps nothing.\n');
  });
});
