import path from 'node:path';
import type { Declaration } from '../../src/core/declaration';
import { GiveUp } from '../../src/core/job';
import { createDocuments } from '../../src/state/documents';
import { keyOf } from '../core/plain-mount';
import { backUp, placeOf, type Kind, type Place } from './backup-under-test';
import {
  attemptsOf,
  count,
  draftOf,
  engineOn,
  gate,
  hook,
  task,
  temporaryFolder,
  until,
  type EngineUnderTest,
} from './engine-under-test';

const KEY = keyOf('acme.ci');
/** Not there at first: what is for it sleeps. */
const ABSENT = keyOf('acme.absent');
const directions: readonly (readonly [Kind, Kind])[] = [
  ['sqlite', 'sqlite'],
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
  ['postgres', 'postgres'],
];

describe.each(directions)('a backup of %s restored to %s', (from, to) => {
  const { folder, remove } = temporaryFolder();
  const places: Place[] = [];
  const engines: EngineUnderTest[] = [];
  const worked: string[] = [];
  const file = path.join(folder, 'backup.gz');
  const done = { receiptId: '', jobId: '' };
  const kept = { receiptId: '', jobId: '' };
  const released = gate();
  let held = false;

  const declarations = (isOld: boolean): Declaration[] => [
    task('work', async ({ name }, job) => {
      if (isOld && name === 'running') {
        held = true;
        await released.promise;
        return;
      }
      if (name === 'dead') throw new GiveUp('never');
      if (name === 'waiting') await job.waitFor('go', { timeoutMs: 60_000 });
      worked.push(String(name));
    }),
    endpoint,
    {
      ...{ kind: 'schedule', name: 'yearly', cron: '0 0 1 1 *', timezone: 'UTC', catchUp: 'all' },
      ...{ task: 'work', payload: { name: 'yearly' }, origin: { dialect: 'test', where: 'schedule' } },
    },
  ];
  const laned = task('laned', ({ name }) => void worked.push(String(name)), { lane: () => 'one' });
  const endpoint = hook('/github', (exchange) => void worked.push(exchange.raw.toString()));
  const delivery = (text: string, plugin = 'acme.ci') =>
    draftOf(plugin, endpoint, {
      dedupe: { key: `delivery-${text}`, windowMs: 3_600_000 },
      request: { body: Buffer.from(text) },
    });
  const looked: unknown[] = [];
  const lookedUntil = ({ store }: EngineUnderTest) =>
    store.reader.selectFrom('schedule').select(['name', 'cron', 'last_due']).execute();
  const engineIn = async (place: Place): Promise<EngineUnderTest> => {
    const engine = engineOn(await place.open());
    engines.push(engine);
    return engine;
  };

  beforeAll(async () => {
    const source = await placeOf(from);
    const target = await placeOf(to);
    places.push(source, target);
    const old = await engineIn(source);
    old.put('acme.ci', declarations(true));
    await old.start();
    const tasks = old.inbox.tasksOf(KEY);
    Object.assign(done, await old.inbox.accept(delivery('done')));
    await tasks.enqueue('work', { name: 'once' }, { dedupeKey: 'once' });
    await until('what is done', async () => (await count(old.store, 'succeeded')) === 2);
    for (const name of ['dead', 'waiting', 'running']) await tasks.enqueue('work', { name });
    await until('the states', async () => held && (await count(old.store, 'dead')) === 1);
    await until('the wait', async () => (await count(old.store, 'waiting')) === 1);
    await tasks.enqueue('work', { name: 'later' }, { runAt: new Date(Date.now() + 1_500) });
    await old.desk.pause({ plugin: 'acme.other' });
    const absent = old.inbox.tasksOf(ABSENT, () => [laned]);
    for (const name of ['lane-1', 'lane-2']) await absent.enqueue('laned', { name });
    Object.assign(kept, await old.inbox.accept(delivery('kept', ABSENT)));
    await createDocuments({ database: old.database })
      .of(KEY)
      .create('orders', { id: 'a', text: 'null \u2400 and ü', total: 3 });
    await old.shared.put('config', 'acme.ci', '{"CHANNEL":"console"}', 0);
    worked.length = 0;
    await until('the schedule', async () => (await lookedUntil(old)).length === 1);
    looked.push(...(await lookedUntil(old)));
    await backUp(old, file);
    await backUp(old, `${file}.all`, true);
    await target.restore(file);
    released.open();
    await old.stop(500);
    worked.length = 0;
  });
  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.stop(500)));
    for (const place of places) await place.remove();
    remove();
  });

  test('everything that was not done is worked once, under the ids it had, and what is repeated is known', async () => {
    const target = places[1] as Place;
    const fresh = await engineIn(target);
    expect(await count(fresh.store, 'running')).toBe(0);
    // What was due since then is due still, and nothing before it.
    expect(await lookedUntil(fresh)).toEqual(looked);
    fresh.put('acme.ci', declarations(false));
    await fresh.start();
    const tasks = fresh.inbox.tasksOf(KEY);
    expect(await fresh.inbox.accept(delivery('done'))).toMatchObject({ kind: 'duplicate' });
    expect(await fresh.inbox.accept(delivery('kept', ABSENT))).toMatchObject({
      kind: 'duplicate',
      receiptId: kept.receiptId,
    });
    expect(await tasks.enqueue('work', { name: 'once' }, { dedupeKey: 'once' })).toMatchObject({
      duplicate: true,
    });
    expect(await fresh.inbox.status(kept.receiptId)).toMatchObject({ state: 'accepted' });
    expect(await fresh.desk.pauses()).toMatchObject([{ plugin: 'acme.other' }]);
    const [waiting] = (await fresh.desk.jobs({ states: ['waiting'] })).items;
    expect(await fresh.desk.signal(String(waiting?.id), 'go')).toBe(true);
    fresh.put(ABSENT, [laned, endpoint]);
    await until('all of it', () => worked.length >= 6);
    await fresh.idle();
    expect([...worked].sort()).toEqual(['kept', 'lane-1', 'lane-2', 'later', 'running', 'waiting']);
    expect(worked.indexOf('lane-1')).toBeLessThan(worked.indexOf('lane-2'));
    expect(await count(fresh.store, 'dead')).toBe(1);
    expect((await attemptsOf(fresh.store)).map(({ outcome }) => outcome).sort()).toEqual([
      'gave-up',
      'interrupted',
      'waiting',
    ]);
    const documents = createDocuments({ database: fresh.database }).of(KEY);
    expect((await documents.get('orders', 'a'))?.data).toMatchObject({ text: 'null \u2400 and ü', total: 3 });
    expect(fresh.shared.get('config', 'acme.ci')?.value).toBe('{"CHANNEL":"console"}');
    const made = await fresh.inbox.accept(delivery('new'));
    expect(Number.parseInt(made.receiptId, 36)).toBeGreaterThan(Number.parseInt(kept.receiptId, 36));
    await until('the new one', () => worked.includes('new'));
  });

  test('what is there is replaced only by force, and then whole; with --all what is done answers too', async () => {
    const target = places[1] as Place;
    await engines.at(-1)?.stop(500);
    // A host of PostgreSQL has just been here, and said goodbye.
    await expect(target.restore(`${file}.all`)).rejects.toMatchObject({ code: 'backup/not-empty' });
    await target.restore(`${file}.all`, { force: true });
    const again = await engineIn(target);
    expect(await again.inbox.status(done.receiptId)).toMatchObject({ state: 'succeeded' });
    expect(await again.inbox.status(kept.receiptId)).toMatchObject({ state: 'accepted' });
    expect(await again.inbox.accept(delivery('done'))).toMatchObject({
      kind: 'duplicate',
      receiptId: done.receiptId,
    });
  });
});
