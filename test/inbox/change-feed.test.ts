import type { Change } from '../../src/core/ports/change-feed';
import type { Store } from '../../src/inbox/store';
import { keyOf } from '../core/plain-mount';
import { eachStore, type Database } from './each-store';
import { draftOf, engineOn, hook, task, until, type EngineUnderTest } from './engine-under-test';

const KEY = 'acme.ci';
const github = hook('/github', () => {});

/** Somebody who follows, and what was heard. */
function follower(engine: EngineUnderTest) {
  const gone = new AbortController();
  const heard: Change[] = [];
  const over = (async () => {
    for await (const change of engine.changes.follow(gone.signal)) heard.push(change);
  })();
  return { heard, over, leave: () => gone.abort(), topics: () => new Set(heard.map(({ topic }) => topic)) };
}

eachStore('what is told of changes', (_open, kind, reopen) => {
  const engines: EngineUnderTest[] = [];
  let database: Database;
  const start = async (store: Store) => {
    const engine = engineOn(store);
    engines.push(engine);
    engine.put(KEY, [github, task('work', () => {})]);
    await engine.start();
    return engine;
  };
  beforeEach(async () => {
    database = await reopen();
  });
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.stop(2_000)));
  });

  it('names the topics of what is committed, and the plugin', async () => {
    const engine = await start(await database.open());
    const { heard, topics, leave, over } = follower(engine);
    await engine.inbox.accept(draftOf(KEY, github));
    await until('receipts and jobs', () => topics().has('receipts') && topics().has('jobs'));
    expect(heard).toContainEqual({ topic: 'receipts', plugin: KEY });
    await engine.shared.put('secrets', 'acme.ci/TOKEN', 'sealed');
    await engine.shared.put('tokens', 'ci', 'digest');
    await until('secrets and tokens', () => topics().has('secrets') && topics().has('tokens'));
    engine.table.remove(keyOf(KEY));
    await until('plugins', () => topics().has('plugins'));
    expect(topics().has('messages')).toBe(false);
    leave();
    await over;
  });

  it('tells of many changes together', async () => {
    const engine = await start(await database.open());
    const { heard, topics, leave, over } = follower(engine);
    const stored = Array.from({ length: 200 }, () => engine.inbox.accept(draftOf(KEY, github)));
    await Promise.all(stored);
    await engine.idle();
    await until('receipts', () => topics().has('receipts'));
    expect(heard.filter(({ topic }) => topic === 'receipts').length).toBeLessThan(10);
    leave();
    await over;
  });

  it('names no plugin where several changed', async () => {
    const engine = await start(await database.open());
    const { heard, topics, leave, over } = follower(engine);
    for (const key of [KEY, 'acme.other']) engine.changes.tell('receipts', key);
    await until('receipts', () => topics().has('receipts'));
    expect(heard.find(({ topic }) => topic === 'receipts')).toEqual({ topic: 'receipts' });
    leave();
    await over;
  });

  it('ends with the host, and for who comes after that at once', async () => {
    const engine = await start(await database.open());
    const { over } = follower(engine);
    engine.quiesce();
    await over;
    await follower(engine).over;
  });

  it('ends with its signal, also one that was aborted before', async () => {
    const engine = await start(await database.open());
    for await (const change of engine.changes.follow(AbortSignal.abort())) throw new Error(change.topic);
    const { over, leave } = follower(engine);
    leave();
    await over;
  });

  if (kind === 'postgres')
    it('tells what another host of the database did', async () => {
      const [here, there] = [await start(await database.open()), await start(await database.again())];
      const { topics, leave, over } = follower(here);
      here.table.remove(keyOf(KEY));
      let round = 0;
      // The first look only says where things stand.
      await until('all of it', async () => {
        await there.inbox.accept(draftOf(KEY, github));
        await there.shared.put('tokens', `ci-${(round += 1)}`, 'digest');
        await new Promise((resolve) => setTimeout(resolve, 100));
        return (['receipts', 'jobs', 'tokens'] as const).every((topic) => topics().has(topic));
      });
      leave();
      await over;
    });
});
