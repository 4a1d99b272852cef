import type { NodeIdentity } from '../../src/inbox/node-list';
import { NodeList } from '../../src/inbox/node-list';
import { listNodes, readNodes } from '../../src/inbox/nodes';
import { Committer } from '../../src/inbox/committer';
import type { Store } from '../../src/inbox/store';
import winston from 'winston';
import { eachStore } from './each-store';
import { pauseMs, until } from './engine-under-test';

const logger = winston.createLogger({ silent: true, transports: [new winston.transports.Console()] });
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function hostOn(store: Store, id: string, more: Partial<NodeIdentity> = {}): Promise<NodeList> {
  const committer = new Committer(store, logger);
  const list = new NodeList(store, committer, { id, url: () => `http://${id}`, ...more });
  await list.start();
  ends.push(async () => {
    await list.stop();
    await committer.flushed();
  });
  return list;
}
async function insert(store: Store, row: Record<string, unknown>): Promise<void> {
  const statement = store.reader
    .insertInto('node')
    .values({ url: 'http://old', pid: 1, host: 'machine', started_at: 0, ...row } as never)
    .compile();
  const none = { accepts: [], enqueues: [], answers: [], settles: [], extensions: [], claim: undefined };
  await store.commit({ ...none, commands: [{ statements: [statement] }] });
}

eachStore('the list of hosts', (open) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    ends.push(() => store.close());
  });

  test('says of each where it answers and how its plugins are, and forgets one that stops', async () => {
    const list = await hostOn(store, 'one', { plugins: () => ({ live: 2, failed: 1 }) });
    const [node] = await listNodes(store);
    expect(node).toMatchObject({ id: 'one', url: 'http://one', state: 'serving' });
    expect(node?.plugins).toEqual({ live: 2, failed: 1 });
    await list.stop();
    expect(await listNodes(store)).toEqual([]);
  });

  test('shows one of the version before, which knows nothing of states', async () => {
    await insert(store, { id: 'old', seen_at: store.now() });
    expect(await listNodes(store)).toMatchObject([{ id: 'old', state: 'serving', plugins: {} }]);
  });

  test('calls silent what has not been heard of for seconds', async () => {
    await insert(store, { id: 'hung', seen_at: store.now() - 7_000 });
    expect(await listNodes(store)).toMatchObject([{ id: 'hung', state: 'silent' }]);
  });

  test('says that one stops, as soon as it does', async () => {
    const list = await hostOn(store, 'one');
    list.leave();
    await until('the last beat', async () => (await listNodes(store))[0]?.state === 'stopping');
  });

  test('tells the address of one that works before it listens', async () => {
    let url = '';
    await hostOn(store, 'early', { url: () => url });
    expect(await listNodes(store)).toMatchObject([{ url: '' }]);
    url = 'http://early';
    await until('its address', async () => (await listNodes(store))[0]?.url === url);
  });
});

eachStore('hosts', (open, kind) => {
  if (kind === 'sqlite') {
    test('of a file there is only one, who waits for nobody', async () => {
      const store = await open();
      ends.push(() => store.close());
      const list = await hostOn(store, 'one');
      await insert(store, { id: 'other', seen_at: store.now() });
      expect([list.isAlone, await list.hear('topic', 1, 60_000)]).toEqual([true, []]);
    });
    return;
  }
  let store: Store;
  let one: NodeList;
  let two: NodeList;
  beforeEach(async () => {
    store = await open();
    ends.push(() => store.close());
    one = await hostOn(store, 'one');
    two = await hostOn(store, 'two');
  });

  test('hear what the others made of a revision, or of a later one', async () => {
    const heard = one.hear('plugins acme.ci', 3, 10_000);
    two.say('plugins acme.ci', 2, 'too early');
    two.say('plugins acme.hook', 3, 'something else');
    two.say('plugins acme.ci', 4, 'done');
    two.say('plugins acme.ci', 3, 'said late, of an earlier one');
    expect(await heard).toEqual([{ node: 'two', url: 'http://two', text: 'done' }]);
    expect(await two.hear('plugins acme.ci', 1, 0)).toEqual([
      { node: 'one', url: 'http://one', text: undefined },
    ]);
  });

  test('wait for one that is gone meanwhile no longer than that', async () => {
    const heard = one.hear('topic', 1, 3_600_000);
    await pauseMs(1_000); // it has seen who is there
    await two.stop();
    expect(await heard).toEqual([{ node: 'two', url: 'http://two', text: undefined }]);
  });

  test('do not wait for one that stops', async () => {
    two.leave();
    await until('the last beat', async () =>
      (await listNodes(store)).some(({ state }) => state === 'stopping'),
    );
    expect(await one.hear('topic', 1, 3_600_000)).toEqual([]);
  });

  test('take nobody for there while it cannot be known who is', async () => {
    await store.close();
    await expect(one.hear('topic', 1, 200)).rejects.toMatchObject({ code: 'inbox/unavailable' });
  });

  test('keep what they said within bounds, the newest of it', async () => {
    for (let n = 0; n < 100; n += 1) two.say(`topic ${n}`, 1, `${n} ${'x'.repeat(9_000)}`);
    await one.hear('topic 99', 1, 10_000);
    const said = (await readNodes(store)).find(({ id }) => id === 'two')?.said ?? {};
    expect(Object.keys(said).length).toBeLessThan(30);
    expect(Object.keys(said)).toContain('topic 99');
    expect(Object.keys(said)).not.toContain('topic 0');
  });
});
