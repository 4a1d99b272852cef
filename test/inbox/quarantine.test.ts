import type { Store } from '../../src/inbox/store';
import { endpointOf, keyOf, liveOf, mountOf } from '../core/plain-mount';
import { eachStore } from './each-store';
import { draftOf, engineOn, hook } from './engine-under-test';
import { BODY, ids, KEY, over, refusal, type UnderTest } from './quarantine-under-test';

eachStore('the quarantine', (open, _kind, reopen) => {
  let under: UnderTest;
  let opened: Store | undefined;
  const start = async (settings?: { maxCount: number; maxBytes: number }) => {
    opened = await open();
    under = over(opened, settings);
  };
  afterEach(async () => {
    await under?.quarantine.stop();
    await opened?.close();
    opened = undefined;
  });

  test('keeps a refused request as it came, its credentials masked and sealed', async () => {
    await start();
    under.quarantine.refused(refusal({ request: { target: '/api/plugin/acme.ci/github?token=sesame' } }));
    await under.quarantine.flushed();
    const { items } = await under.desk.refusals({});
    expect(items).toMatchObject([
      { plugin: KEY, name: 'POST /github', reason: 'bad_signature', scheme: 'github', bodyBytes: 6 },
    ]);
    const id = items[0]?.id ?? '';
    expect(await under.desk.refusal(id)).toMatchObject({
      target: '/api/plugin/acme.ci/github?token=***',
      headers: [
        ['X-Hub-Signature-256', 'sha256=ab'],
        ['Authorization', '••••••'],
      ],
      body: BODY.toString('base64'),
    });
    const row = await under.store.searcher.selectFrom('refusal').selectAll().executeTakeFirstOrThrow();
    expect(JSON.stringify({ ...row, body: undefined })).not.toContain('sesame');
    expect(await under.kept.find(id)).toMatchObject({
      kind: 'refused',
      method: 'POST',
      path: '/github',
      request: { target: '/api/plugin/acme.ci/github?token=sesame', wire: BODY },
    });
  });

  test('masks the header and the parameter that the endpoint’s own access names', async () => {
    await start();
    const access = [
      { token: { header: 'X-Door' }, secret: 'A' },
      { token: { query: 'door' }, secret: 'B' },
    ] as const;
    const { live } = liveOf(mountOf(KEY, [endpointOf('/github', { method: 'POST', access })]), 1);
    under.table.swap(KEY, live);
    under.quarantine.refused(
      refusal({ request: { target: '/x?door=sesame&b=2', headers: ['x-door', 'sesame'] } }),
    );
    await under.quarantine.flushed();
    const [item] = (await under.desk.refusals({})).items;
    expect(await under.desk.refusal(item?.id ?? '')).toMatchObject({
      target: '/x?door=***&b=2',
      headers: [['x-door', '••••••']],
    });
  });

  test('a body that was not read, or is too large, is not there; its length is where it is known', async () => {
    await start();
    under.quarantine.refused(refusal({ request: { wire: undefined, requestId: 'unread' } }));
    under.quarantine.refused(refusal({ request: { wire: Buffer.alloc(5_000_000), requestId: 'large' } }));
    await under.quarantine.flushed();
    const { items } = await under.desk.refusals({});
    expect(items.map(({ requestId, bodyBytes }) => [requestId, bodyBytes])).toEqual([
      ['large', 5_000_000],
      ['unread', undefined],
    ]);
    for (const { id } of items) expect((await under.desk.refusal(id)).body).toBeUndefined();
  });

  test('lists newest first, page by page, by plugin, endpoint, reason, address and time', async () => {
    await start();
    for (let number = 0; number < 5; number += 1)
      under.quarantine.refused(
        refusal({
          path: number % 2 === 0 ? '/github' : '/stripe',
          reason: number === 3 ? 'timestamp_too_old' : 'bad_signature',
          request: { requestId: `r-${number}`, receivedAt: 1_000 + number, ip: `10.0.0.${number}` },
        }),
      );
    under.quarantine.refused(refusal({ plugin: keyOf('acme.cd'), request: { requestId: 'other' } }));
    await under.quarantine.flushed();
    const first = await under.desk.refusals({}, { limit: 4 });
    const second = await under.desk.refusals({}, { limit: 4, after: first.next });
    expect([...first.items, ...second.items].map(({ requestId }) => requestId)).toEqual([
      'other',
      'r-4',
      'r-3',
      'r-2',
      'r-1',
      'r-0',
    ]);
    expect(second.next).toBeUndefined();
    expect(await ids(under.desk, { plugin: KEY, name: 'POST /stripe' })).toEqual(['r-3', 'r-1']);
    expect(await ids(under.desk, { reason: 'timestamp_too_old' })).toEqual(['r-3']);
    expect(await ids(under.desk, { ip: '10.0.0.2' })).toEqual(['r-2']);
    expect(await ids(under.desk, { since: 1_001, until: 1_003 })).toEqual(['r-2', 'r-1']);
    await expect(under.desk.refusals({}, { limit: 0 })).rejects.toMatchObject({ code: 'inbox/bad-request' });
    await expect(under.desk.refusals({}, { after: 'x' })).rejects.toMatchObject({
      code: 'inbox/bad-request',
    });
  });

  test('counts per endpoint and reason, and names the last of each', async () => {
    await start();
    for (let number = 0; number < 3; number += 1)
      under.quarantine.refused(refusal({ request: { receivedAt: number } }));
    under.quarantine.refused(refusal({ reason: 'missing_signature' }));
    await under.quarantine.flushed();
    const { counts, dropped } = await under.desk.counts({ plugin: KEY });
    const latest = (await under.desk.refusals({ reason: 'bad_signature' })).items[0];
    expect([counts, dropped]).toMatchObject([
      [
        { name: 'POST /github', reason: 'bad_signature', count: 3, latestAt: 2, latestId: latest?.id },
        { reason: 'missing_signature', count: 1 },
      ],
      0,
    ]);
  });

  test('removes what is selected, by id or by filter in steps, and nothing that is not there', async () => {
    await start();
    for (let number = 0; number < 230; number += 1) {
      under.quarantine.refused(refusal({ request: { requestId: `r-${number}` } }));
      if (number % 100 === 0) await under.quarantine.flushed();
    }
    under.quarantine.refused(refusal({ path: '/stripe' }));
    await under.quarantine.flushed();
    const one = (await under.desk.refusals({})).items[1]?.id ?? '';
    expect(await under.desk.purge({ ids: [one] })).toMatchObject({ looked: 1, changed: 1 });
    await expect(under.desk.purge({ ids: [one] })).rejects.toMatchObject({ code: 'inbox/not-found' });
    await expect(under.desk.refusal(one)).rejects.toMatchObject({ code: 'inbox/not-found' });
    const first = await under.desk.purge({ filter: { name: 'POST /github' } });
    expect(first).toMatchObject({ changed: 200, next: expect.any(String) });
    const rest = await under.desk.purge({ filter: { name: 'POST /github' } }, first.next);
    expect(rest).toMatchObject({ changed: 29, next: undefined });
    expect(await ids(under.desk)).toHaveLength(1);
  });

  test('an id whose secret half is wrong finds nothing', async () => {
    await start();
    under.quarantine.refused(refusal());
    await under.quarantine.flushed();
    const id = (await under.desk.refusals({})).items[0]?.id ?? '';
    const wrong = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
    for (const asked of [wrong, 'nonsense', ''])
      for (const ask of [under.desk.refusal, under.kept.find])
        await expect(ask(asked)).rejects.toMatchObject({ code: 'inbox/not-found' });
  });

  test('the oldest go beyond so many, or so many bytes', async () => {
    await start({ maxCount: 100, maxBytes: 1024 ** 2 });
    for (let number = 0; number < 240; number += 1) {
      under.quarantine.refused(refusal({ request: { requestId: `r-${number}` } }));
      if (number % 60 === 0) await under.quarantine.flushed();
    }
    await under.quarantine.flushed();
    expect(await ids(under.desk)).toEqual(Array.from({ length: 100 }, (_, index) => `r-${239 - index}`));
    for (let number = 0; number < 4; number += 1)
      under.quarantine.refused(
        refusal({ request: { requestId: `large-${number}`, wire: Buffer.alloc(400_000, number) } }),
      );
    await under.quarantine.flushed();
    expect(await ids(under.desk)).toEqual(['large-3', 'large-2']);
  });

  test('what another process stored before is counted, too, and goes first', async () => {
    const database = await reopen();
    opened = await database.open();
    under = over(opened);
    for (let number = 0; number < 20; number += 1)
      under.quarantine.refused(refusal({ request: { requestId: `old-${number}` } }));
    await under.quarantine.stop();
    await opened.close();
    opened = await database.again();
    under = over(opened, { maxCount: 5, maxBytes: 1024 ** 2 });
    under.quarantine.refused(refusal({ request: { requestId: 'new' } }));
    await under.quarantine.flushed();
    expect(await ids(under.desk)).toEqual(['new', 'old-19', 'old-18', 'old-17', 'old-16']);
  });

  test('of a receipt it is known what verified it', async () => {
    const store = await open();
    const engine = engineOn(store);
    const github = hook('/github', () => {});
    engine.put(KEY, [github]);
    await engine.start();
    const verified = { scheme: 'github', secretId: 's-1', at: 5, bodySigned: true };
    const { receiptId } = await engine.inbox.accept(draftOf(KEY, github, { request: { verified } }));
    expect(await engine.kept.find(receiptId)).toMatchObject({
      kind: 'receipt',
      plugin: KEY,
      name: 'POST /github',
      verified,
    });
    engine.quarantine.refused(refusal());
    await engine.stop(2_000);
  });

  test('a host that stops stores what waits', async () => {
    const database = await reopen();
    const engine = engineOn(await database.open());
    await engine.start();
    engine.quarantine.refused(refusal());
    await engine.stop(2_000);
    opened = await database.again();
    under = over(opened);
    expect(await ids(under.desk)).toEqual(['r-1']);
  });
});
