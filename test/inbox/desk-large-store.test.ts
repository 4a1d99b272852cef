import type { InboxFilter, Page, PageRequest, WorkCount } from '../../src/core/ports/inbox-desk';
import { createJobCounts } from '../../src/inbox/desk-counts';
import { listAttempts, listJobs, listReceipts } from '../../src/inbox/desk-lists';
import type { LookBounds } from '../../src/inbox/desk-look';
import type { DeskSearch } from '../../src/inbox/desk-search';
import { rareJobs, receiptSpan } from '../../src/inbox/rare-jobs';
import type { Store } from '../../src/inbox/store';
import { DeskUnderTest } from './desk-under-test';
import { eachStore } from './each-store';
import { until } from './engine-under-test';

/** A page that ends after its first three rows: to it, a dozen is a large store. */
const BRIEF: LookBounds = { first: 3, most: 5, budgetMs: 0 };
const PATIENT: LookBounds = { first: 1, most: 4, budgetMs: 60_000 };
const RECEIPTS = 14;

eachStore('of a large store the desk shows', (open) => {
  let store: Store;
  let host: DeskUnderTest;
  const searchOf = (look: LookBounds): DeskSearch => ({
    ...{ queries: store.searcher, kind: store.kind, look },
    orphanOf: () => undefined,
  });

  /** Every third receipt is an issue of the second address, which fails three times, in a lane; every seventh is removed. */
  beforeEach(async () => {
    store = await open();
    host = await DeskUnderTest.open(store);
    for (let number = 1; number <= RECEIPTS; number += 1) {
      const isRare = number % 3 === 0;
      const verified = { scheme: 'github', secretId: 's', at: 0, bodySigned: true };
      await host.accept(isRare ? `bad needle ${number}` : `push ${number}`, {
        ...(isRare ? { lane: `lane ${number}` } : {}),
        request: {
          ip: isRare ? '10.0.0.2' : '10.0.0.1',
          receivedAt: number * 1_000,
          verified: { ...verified, deliveryId: `d-${number}`, event: isRare ? 'issue' : 'push' },
        },
      });
    }
    await host.reached('dead', 4);
    await host.idle();
    const { items } = await host.desk.receipts({ since: 7_000, until: 8_000 });
    await host.changeAll('purge', { ids: items.map(({ id }) => id) });
  });
  afterEach(() => host.engine.stop(2_000));

  /** All pages of a list. */
  async function through<T>(list: (page: PageRequest) => Promise<Page<T>>, limit: number) {
    const pages: Page<T>[] = [];
    do {
      pages.push(await list({ limit, after: pages.at(-1)?.next }));
      expect(pages.length).toBeLessThan(50);
    } while (pages.at(-1)?.next !== undefined);
    for (const { items } of pages) expect(items.length).toBeLessThanOrEqual(limit);
    return { pages, items: pages.flatMap(({ items }) => items) };
  }

  const FILTERS: readonly InboxFilter[] = [
    {},
    { event: 'issue' },
    { ip: '10.0.0.2' },
    { deliveryId: 'd-1' },
    { deliveryId: 'd-7' },
    { deliveryId: 'none' },
    { text: 'needle' },
    { text: 'the build server said no' },
    { text: 'nowhere' },
    { lane: 'lane 3' },
    { states: ['dead'] },
    { states: ['dead'], text: 'needle 12' },
    { states: ['succeeded'], plugin: 'acme.ci' },
    { plugin: 'acme.ci', event: 'issue' },
    { plugin: 'acme.none' },
    { orphaned: true },
  ];

  test('the same receipts, jobs and attempts page by page as at once, in order, and an end', async () => {
    const [brief, patient] = [searchOf(BRIEF), searchOf(PATIENT)];
    const times = [{ since: 3_000, until: 9_001 }, { until: 4_000 }, { since: 99_000 }];
    for (const filter of [...FILTERS, ...times])
      for (const limit of [2, 100]) {
        const receipts = await through((page) => listReceipts(brief, filter, page), limit);
        const whole = await listReceipts(patient, filter, { limit: 200 });
        expect([filter, receipts.items]).toEqual([filter, whole.items]);
        expect(whole.next).toBeUndefined();
      }
    for (const filter of FILTERS)
      for (const limit of [2, 100]) {
        const jobs = await through((page) => listJobs(brief, filter, page), limit);
        expect([filter, jobs.items]).toEqual([
          filter,
          (await listJobs(patient, filter, { limit: 200 })).items,
        ]);
        const attempts = await through((page) => listAttempts(brief, filter, page), limit);
        expect([filter, attempts.items]).toEqual([
          filter,
          (await listAttempts(patient, filter, { limit: 200 })).items,
        ]);
      }
  });

  test('what the filter means, however far below', async () => {
    const names = async (filter: InboxFilter) =>
      (await through((page) => listReceipts(searchOf(BRIEF), filter, page), 50)).items.map(
        ({ deliveryId }) => deliveryId,
      );
    expect(await names({ deliveryId: 'd-1' })).toEqual(['d-1']);
    expect(await names({ ip: '10.0.0.2' })).toEqual(['d-12', 'd-9', 'd-6', 'd-3']);
    expect(await names({ text: 'needle' })).toEqual(['d-12', 'd-9', 'd-6', 'd-3']);
    expect(await names({ text: 'the build server said no', until: 7_000 })).toEqual(['d-6', 'd-3']);
    expect(await names({ since: 5_000, until: 9_000 })).toEqual(['d-8', 'd-6', 'd-5']);
    expect(await names({ event: 'push', until: 3_000 })).toEqual(['d-2', 'd-1']);
    const { items } = await through((page) => listAttempts(searchOf(BRIEF), { deliveryId: 'd-3' }, page), 2);
    expect(items.map(({ number }) => number)).toEqual([3, 2, 1]);
  });

  test('a page without items that goes on, where what is meant stands below what was looked at', async () => {
    const first = await listReceipts(searchOf(BRIEF), { deliveryId: 'd-1' }, {});
    expect(first.items).toEqual([]);
    expect(first.next).toBeDefined();
    const none = await listJobs(searchOf(BRIEF), { plugin: 'acme.none' }, {});
    expect(none).toEqual({ items: [], next: undefined });
  });

  test('where the few of a state or a time are, without those of other states or times', async () => {
    const search = searchOf(BRIEF);
    await host.tasks().enqueue('work', { id: 1 }, { runAt: Date.now() + 3_600_000 });
    expect((await rareJobs(search, ['dead', 'poisoned']))?.receipts).toHaveLength(4);
    expect((await rareJobs(search, ['waiting']))?.jobs).toEqual([]);
    expect((await rareJobs(search, ['later', 'ready', 'cancelled']))?.jobs).toHaveLength(1);
    expect(await rareJobs(search, ['dead', 'succeeded'])).toBeUndefined();
    const span = await receiptSpan(search, { since: 5_000, until: 9_000 });
    expect(span?.ids).toHaveLength(3);
    expect(span?.ids).toContain(span?.highest);
    expect(await receiptSpan(search, {})).toBeUndefined();
  });

  test('how many jobs stand where, counted a stretch at a time, and when that was', async () => {
    await host.tasks().enqueue('work', { id: 1 }, { runAt: Date.now() + 3_600_000 });
    const counts = createJobCounts(searchOf(BRIEF), () => store.now());
    const counted = async (): Promise<readonly WorkCount[]> =>
      until('the tally', async () => {
        const all = await counts();
        return all.every(({ isPartial }) => isPartial === undefined) ? all : undefined;
      });
    const bare = (all: readonly WorkCount[]) =>
      all.map(({ name, states, countedAt }) => ({ name, states, isAged: countedAt !== undefined }));
    expect(bare(await counted())).toEqual([
      { name: 'POST /github', states: { succeeded: 9, dead: 4 }, isAged: true },
      { name: 'work', states: { later: 1 }, isAged: true },
    ]);
    await host.changeAll('cancel', { filter: { states: ['later'] } });
    const [, work] = await counted();
    expect(work?.states).toEqual({ cancelled: 1 });
  });
});
