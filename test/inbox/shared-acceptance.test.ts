import type { Endpoint } from '../../src/core/declaration';
import type { ListenerDraft } from '../../src/core/ports/inbox';
import type { Store } from '../../src/inbox/store';
import { eachStore } from './each-store';
import { count, draftOf, engineOn, hook, until, type EngineUnderTest } from './engine-under-test';

const WINDOW_MS = 60_000;
const verified = { scheme: 'github', secretId: 's1', at: 1, bodySigned: true };

eachStore('a request for several listeners', (openStore) => {
  let host: EngineUnderTest;
  let store: Store;
  const ran: string[] = [];

  beforeEach(async () => {
    ran.length = 0;
    store = await openStore();
    host = engineOn(store);
  });
  afterEach(() => host.stop(1_000));

  const listener = (key: string, more: Partial<Endpoint> = {}): Endpoint => {
    const endpoint = hook(
      '/gh',
      (exchange) => void ran.push(`${key} ${exchange.raw.toString()} ${exchange.receiptId}`),
      more,
    );
    host.put(key, [endpoint]);
    return endpoint;
  };
  const draft = (
    key: string,
    endpoint: Endpoint,
    more: Parameters<typeof draftOf>[2] = {},
    live?: ListenerDraft['live'],
  ): ListenerDraft => ({ draft: draftOf(key, endpoint, more), live });
  const receipts = () => store.reader.selectFrom('receipt').selectAll().orderBy('id').execute();
  const jobs = () => store.reader.selectFrom('job').selectAll().orderBy('id').execute();

  test('is one receipt with a job for each, and each handler gets it', async () => {
    const [a, b] = [listener('a.gh'), listener('b.gh')];
    await host.start();
    const { listeners } = await host.inbox.acceptShared([draft('a.gh', a), draft('b.gh', b)]);
    const ids = listeners.map(({ receiptId }) => receiptId);
    expect(listeners.map(({ kind }) => kind)).toEqual(['stored', 'stored']);
    expect(ids[0]).toBe(ids[1]);
    await until('the work', async () => (await count(store, 'succeeded')) === 2);
    expect(ran.sort()).toEqual([`a.gh hello ${ids[0]}`, `b.gh hello ${ids[0]}`]);
    const [only, ...others] = await receipts();
    expect(others).toEqual([]);
    expect(only?.meta).toContain('the address is shared with b.gh');
    expect(new Set((await jobs()).map((job) => job.task_id)).size).toBe(2);
  });

  test('tells its sender of all of them: succeeded once each is, failed when one is', async () => {
    const a = listener('a.gh');
    const b = listener('b.gh');
    const { listeners } = await host.inbox.acceptShared([draft('a.gh', a), draft('b.gh', b)]);
    const id = listeners[0]?.receiptId ?? '';
    const [first, second] = await jobs();
    const set = (job: { id: number } | undefined, state: number) =>
      store.reader
        .updateTable('job')
        .set({ state })
        .where('id', '=', job?.id ?? 0)
        .compile();
    const stateAfter = async (...statements: ReturnType<typeof set>[]) => {
      await store.commit({
        accepts: [],
        enqueues: [],
        answers: [],
        settles: [],
        extensions: [],
        commands: [{ statements }],
        claim: undefined,
      });
      return (await host.inbox.status(id))?.state;
    };
    expect(await stateAfter()).toBe('accepted');
    expect(await stateAfter(set(first, 4))).toBe('accepted');
    expect(await stateAfter(set(second, 5))).toBe('failed');
    expect(await stateAfter(set(second, 2))).toBe('running');
    expect(await stateAfter(set(second, 4))).toBe('succeeded');
  });

  test('with a dedupe key has a receipt of its own, in the same commit, which only its own endpoint repeats', async () => {
    const [a, b, c] = [listener('a.gh'), listener('b.gh'), listener('c.gh')];
    const dedupe = { key: 'one', windowMs: WINDOW_MS };
    const all = [draft('a.gh', a, { dedupe }), draft('b.gh', b), draft('c.gh', c)];
    const first = await host.inbox.acceptShared(all);
    expect(await receipts()).toHaveLength(2);
    const again = await host.inbox.acceptShared([...all, draft('b.gh', b, { dedupe })]);
    expect(again.listeners.map(({ kind }) => kind)).toEqual(['duplicate', 'stored', 'stored', 'stored']);
    expect(again.listeners[0]?.receiptId).toBe(first.listeners[0]?.receiptId);
    const alone = await host.inbox.accept(draftOf('a.gh', a, { dedupe }));
    expect([alone.kind, alone.receiptId]).toEqual(['duplicate', first.listeners[0]?.receiptId]);
  });

  test('verified for one of them is not shared with the others', async () => {
    const [a, b, c] = [listener('a.gh'), listener('b.gh'), listener('c.gh')];
    await host.inbox.acceptShared([
      draft('a.gh', a, { request: { verified } }),
      draft('b.gh', b),
      draft('c.gh', c, { request: { params: { id: '1' } } }),
    ]);
    expect((await receipts()).map(({ scheme }) => scheme)).toEqual(['github', null, null]);
  });

  test('may be held for one and worked later for another; the answer kept is the one that was sent', async () => {
    const a = hook('/gh', () => undefined, { answer: { ackWithinMs: 60_000 } });
    const live = host.put('a.gh', [a]);
    const b = listener('b.gh', { lane: () => 'x' });
    await host.start();
    const { listeners, answered } = await host.inbox.acceptShared([
      draft('a.gh', a, {}, live),
      draft('b.gh', b, { lane: 'x' }),
    ]);
    const [held] = listeners.map((one) => ('held' in one ? one.held : undefined));
    expect(held?.job.receiptId).toBe(listeners[0]?.receiptId);
    held?.answered({ status: 201 });
    expect(await held?.succeeded()).toBe(true);
    answered({ status: 200 });
    await until('both', async () => (await count(store, 'succeeded')) === 2);
    const row = await until('the answer', async () =>
      (await receipts()).find(({ answer_status }) => answer_status !== null),
    );
    expect(row.answer_status).toBe(200);
  });

  test('that cannot be stored is stored for none of them', async () => {
    const [a, b] = [listener('a.gh'), listener('b.gh')];
    await host.inbox.acceptShared([draft('a.gh', a), draft('b.gh', b)]);
    await store.close();
    await expect(host.inbox.acceptShared([draft('a.gh', a), draft('b.gh', b)])).rejects.toMatchObject({
      code: 'inbox/unavailable',
    });
  });
});
