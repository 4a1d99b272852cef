import { createHash } from 'node:crypto';
import type { InboxDesk } from '../../src/core/ports/inbox-desk';
import { codeOf, DeskUnderTest, KEY } from './desk-under-test';
import { eachStore } from './each-store';
import { count, until } from './engine-under-test';

eachStore('the desk shows', (open) => {
  let host: DeskUnderTest;
  beforeEach(async () => {
    host = await DeskUnderTest.open(await open());
  });
  afterEach(() => host.engine.stop(2_000));

  const verified = (deliveryId: string, event: string) => ({
    scheme: 'github',
    secretId: 's',
    at: 0,
    bodySigned: true,
    deliveryId,
    event,
  });

  describe('lists', () => {
    test('receipts, newest first, page by page, each with where its jobs stand', async () => {
      for (let number = 0; number < 5; number += 1) await host.accept(`push ${number}`);
      await host.idle();
      const first = await host.desk.receipts({}, { limit: 3 });
      const second = await host.desk.receipts({}, { limit: 3, after: first.next });
      expect(first.items).toHaveLength(3);
      expect(second.items).toHaveLength(2);
      expect(second.next).toBeUndefined();
      const all = [...first.items, ...second.items];
      expect(all.map(({ receivedAt }) => receivedAt)).toEqual(
        all.map(({ receivedAt }) => receivedAt).sort((a, b) => b - a),
      );
      expect(new Set(all.map(({ id }) => id)).size).toBe(5);
      expect(all[0]).toMatchObject({
        plugin: KEY,
        name: 'POST /github',
        method: 'POST',
        ip: '127.0.0.1',
        bodyBytes: 6,
        jobs: [{ state: 'succeeded' }],
      });
    });

    test('receipts that are as the filter says, whatever it asks', async () => {
      await host.accept('the first needle', {
        request: { ip: '10.0.0.1', verified: verified('d-1', 'push') },
      });
      await host.accept('bad', {
        lane: 'main',
        request: { receivedAt: 1_000, verified: verified('d-2', 'issue') },
      });
      await host.accept(`${'x'.repeat(300_000)}needle`, {}, host.stripe);
      await host.reached('dead', 1);
      await host.idle();
      const bytes = async (filter: Parameters<InboxDesk['receipts']>[0]) =>
        (await host.desk.receipts(filter)).items.map(({ bodyBytes }) => bodyBytes);
      expect(await bytes({ plugin: KEY })).toEqual([300_006, 3, 16]);
      expect(await bytes({ plugin: 'no.such' })).toEqual([]);
      expect(await bytes({ name: 'POST /stripe' })).toEqual([300_006]);
      expect(await bytes({ states: ['dead', 'poisoned'] })).toEqual([3]);
      expect(await bytes({ since: 2_000 })).toEqual([300_006, 16]);
      expect(await bytes({ until: 2_000 })).toEqual([3]);
      expect(await bytes({ lane: 'main' })).toEqual([3]);
      expect(await bytes({ ip: '10.0.0.1' })).toEqual([16]);
      expect(await bytes({ deliveryId: 'd-2' })).toEqual([3]);
      expect(await bytes({ event: 'push' })).toEqual([16]);
      expect(await bytes({ text: 'needle' })).toEqual([300_006, 16]);
      expect(await bytes({ text: 'server said no' })).toEqual([3]);
      expect(await bytes({ text: 'needle', event: 'push' })).toEqual([16]);
    });

    test('jobs by state, lane, payload, error and request, and attempts with what each met', async () => {
      await host.tasks().enqueue('work', { id: 'bad-1' }, { lane: 'a' });
      await host.tasks().enqueue('work', { id: 'good needle' }, { priority: 7 });
      await host.accept('bad request needle', { request: { ip: '10.9.9.9' } });
      await host.reached('dead', 2);
      const names = async (filter: Parameters<InboxDesk['jobs']>[0]) =>
        (await host.desk.jobs(filter)).items.map(({ name, state }) => `${name} ${state}`);
      expect(await names({ states: ['dead', 'poisoned'] })).toEqual(['POST /github dead', 'work dead']);
      expect(await names({ lane: 'a' })).toEqual(['work dead']);
      expect(await names({ text: 'needle' })).toEqual(['POST /github dead', 'work succeeded']);
      expect(await names({ text: 'no use: bad-1' })).toEqual(['work dead']);
      expect(await names({ ip: '10.9.9.9' })).toEqual(['POST /github dead']);
      const [dead] = (await host.desk.jobs({ lane: 'a' })).items;
      expect(dead).toMatchObject({
        kind: 'task',
        attempt: 3,
        error: expect.stringContaining('no use: bad-1'),
      });
      expect((await host.desk.attempts({ lane: 'a' })).items).toMatchObject([
        { jobId: dead?.id, number: 3, outcome: 'failed' },
        { number: 2 },
        { number: 1, error: expect.stringContaining('no use: bad-1') },
      ]);
      const page = await host.desk.attempts({ states: ['dead'] }, { limit: 4 });
      const rest = await host.desk.attempts({ states: ['dead'] }, { limit: 4, after: page.next });
      expect([page.items.length, rest.items.length, rest.next]).toEqual([4, 2, undefined]);
      expect(await host.desk.job(dead?.id ?? '')).toMatchObject({
        payload: '{"id":"bad-1"}',
        attempts: [{ number: 1 }, { number: 2 }, { number: 3 }],
      });
    });

    test('counts, per task and endpoint', async () => {
      await host.tasks().enqueue('work', { id: 'bad' });
      await host.tasks().enqueue('work', { id: 'good' });
      await host.tasks().enqueue('work', { id: 'good' }, { runAt: Date.now() + 60_000 });
      await host.accept('x');
      await host.reached('dead', 1);
      expect(await host.desk.counts()).toEqual([
        { plugin: KEY, name: 'POST /github', kind: 'endpoint', states: { succeeded: 1 } },
        { plugin: KEY, name: 'work', kind: 'task', states: { succeeded: 1, dead: 1, later: 1 } },
      ]);
    });

    test('the hosts', async () => {
      const [node] = await until('a host', async () => {
        const nodes = await host.desk.nodes();
        return nodes.length > 0 ? nodes : undefined;
      });
      expect(node).toMatchObject({ pid: process.pid, startedAt: expect.any(Number) });
    });

    test('nothing for a page or a place that makes no sense, and says so', async () => {
      for (const page of [{ limit: 0 }, { limit: 201 }, { limit: 1.5 }, { after: 'x' }, { after: '1.2.3' }])
        await expect(host.desk.jobs({}, page)).rejects.toEqual(codeOf('inbox/bad-request'));
    });
  });

  describe('a receipt', () => {
    test('shows its request, credentials masked, and its body as text', async () => {
      const headers = [
        'Host',
        'x',
        'Authorization',
        'Bearer sesame',
        'X-Event',
        'push',
        'x-gitlab-token',
        'sesame',
      ];
      const target = `/api/plugin/${KEY}/github?token=sesame&page=1`;
      const stored = await host.accept('päckchen', { request: { headers, target } });
      const receipt = await host.desk.receipt(stored.receiptId);
      expect(receipt.headers).toEqual([
        ['Host', 'x'],
        ['Authorization', '••••••'],
        ['X-Event', 'push'],
        ['x-gitlab-token', '••••••'],
      ]);
      expect(receipt.body).toEqual({ text: 'päckchen' });
      expect(receipt.bodyDigest).toBe(createHash('sha256').update('päckchen').digest('base64url'));
      expect(receipt.target).toBe(`/api/plugin/${KEY}/github?token=***&page=1`);
      expect(JSON.stringify(receipt)).not.toContain('sesame');
    });

    test('shows other bodies as base64, and of a large one the first MiB', async () => {
      const bytes = Buffer.from([0xff, 0, 1]);
      const stored = await host.accept('', { request: { body: bytes } });
      expect((await host.desk.receipt(stored.receiptId)).body).toEqual({ base64: bytes.toString('base64') });
      const large = await host.accept('ü'.repeat(1_000_000));
      const { body } = await host.desk.receipt(large.receiptId);
      expect(body).toEqual({ text: 'ü'.repeat(524_288) });
    });

    test('is found by its whole id alone', async () => {
      const { receiptId } = await host.accept('x');
      const [number] = receiptId.split('-');
      for (const id of [
        `${number}-${'A'.repeat(16)}`,
        number ?? '',
        'nonsense',
        '',
        `zz-${receiptId.split('-')[1]}`,
      ]) {
        await expect(host.desk.receipt(id)).rejects.toEqual(codeOf('inbox/not-found'));
        await expect(host.desk.job(id)).rejects.toEqual(codeOf('inbox/not-found'));
        await expect(host.desk.change('replay', { ids: [receiptId, id] })).rejects.toEqual(
          codeOf('inbox/not-found'),
        );
      }
      expect(await count(host.store, 'succeeded')).toBeLessThanOrEqual(1);
    });
  });
});
