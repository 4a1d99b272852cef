import { draftOf, count, engineOn, hook, task, until, type EngineUnderTest } from './engine-under-test';
import { codeOf, KEY } from './desk-under-test';
import { eachStore } from './each-store';

const MIB = 1024 ** 2;

eachStore('waits and their bounds', (open) => {
  let host: EngineUnderTest;
  beforeEach(async () => {
    host = engineOn(await open());
  });
  afterEach(() => host.stop(1_000));
  const tasks = () =>
    host.inbox.tasksOf(
      draftOf(
        KEY,
        hook('/x', () => {}),
      ).plugin,
    );
  const reached = (state: Parameters<typeof count>[1]) =>
    until(state, async () => (await count(host.store, state)) === 1);

  test('an operator gives a waiting job its value, and hears when it can use none', async () => {
    const seen: unknown[] = [];
    host.put(KEY, [task('approval', async (_payload, { waitFor }) => void seen.push(await waitFor('ok')))]);
    await host.start();
    const { id } = await tasks().enqueue('approval');
    await reached('waiting');
    expect(await host.desk.signal(id, 'ok', { by: 'ada' })).toBe(true);
    await reached('succeeded');
    expect(seen).toEqual([{ by: 'ada' }]);
    expect(await host.desk.signal(id, 'ok', 1)).toBe(false);
    await expect(host.desk.signal('1-nonsense', 'ok')).rejects.toEqual(codeOf('inbox/not-found'));
    await expect(host.desk.signal(`${id.slice(0, -1)}!`, 'ok')).rejects.toEqual(codeOf('inbox/not-found'));
  });

  test.each([
    ['a dead letter', 'dead'],
    ['a job that was cancelled as it waited', 'cancelled'],
  ] as const)('%s that is retried waits anew, with the values it was given', async (_what, state) => {
    const seen: unknown[] = [];
    host.put(KEY, [
      task(
        'approval',
        async (_payload, { waitFor }) => {
          seen.push(await waitFor('given'));
          const outcome = await waitFor('late', { timeoutMs: 50 }).catch((error: { code?: string }) => {
            if (error.code === undefined) throw error;
            return error.code;
          });
          seen.push(outcome);
          if (state === 'cancelled') await waitFor('never');
          throw new Error('too late');
        },
        { retry: { attempts: 1, backoff: [1] } },
      ),
    ]);
    await host.start();
    const { id } = await tasks().enqueue('approval');
    await tasks().signal(id, 'given', 7);
    if (state === 'cancelled') {
      await until('the last wait', async () => (await host.desk.job(id)).awaited === 'never');
      await reached('waiting');
      await host.desk.change('cancel', { ids: [id] });
    }
    await reached(state);
    expect(seen.at(-1)).toBe('inbox/wait-timeout');
    expect(await host.store.reader.selectFrom('signal').select('name').execute()).toHaveLength(2);
    seen.length = 0;
    await host.desk.change('retry', { ids: [id] });
    await until('its wait', async () => (await host.desk.job(id)).awaited === 'late');
    expect(await host.desk.signal(id, 'late', 'in time')).toBe(true);
    await until('both values', () => seen.length >= 2 && seen.includes('in time'));
    expect(new Set(seen)).toEqual(new Set([7, 'in time']));
  });

  test('what is too large or no JSON is refused before it is stored', async () => {
    const codes: unknown[] = [];
    host.put(KEY, [
      task('work', async (_payload, { waitFor }) => {
        await waitFor('n'.repeat(201)).catch((error: { code: string }) => codes.push(error.code));
        await waitFor('go');
      }),
    ]);
    await host.start();
    const { id } = await tasks().enqueue('work');
    await reached('waiting');
    expect(codes).toEqual(['inbox/bad-signal']);
    for (const give of [
      (name: string, value: unknown) => tasks().signal(id, name, value),
      (name: string, value: unknown) => host.desk.signal(id, name, value),
    ]) {
      await expect(give('go', 'x'.repeat(MIB))).rejects.toMatchObject({
        code: 'inbox/signal-too-large',
        status: 413,
      });
      for (const [name, value] of [
        ['', 1],
        ['n'.repeat(201), 1],
        ['a\0b', 1],
        ['go', 1n],
        ['go', () => 1],
      ] as const)
        await expect(give(name, value)).rejects.toMatchObject({ code: 'inbox/bad-signal', status: 400 });
    }
    expect(await host.store.reader.selectFrom('signal').selectAll().execute()).toEqual([]);
    expect(await host.desk.signal(id, 'go', 'x'.repeat(MIB - 2))).toBe(true);
    await reached('succeeded');
  });

  test('documents and enqueued jobs are bounded, each and in all, and what fits is stored', async () => {
    const codes: unknown[] = [];
    const refused = async (work: () => unknown) => {
      try {
        await work();
        codes.push('taken');
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    };
    const half = 'x'.repeat(MIB / 2);
    host.put(KEY, [
      task('none', () => undefined),
      task('work', async (_payload, { store, enqueue }) => {
        await refused(() => store.create('c', { text: 'x'.repeat(MIB) }));
        await refused(() => store.create('c', { id: 'i'.repeat(257) }));
        await refused(() => store.get('c'.repeat(257), 'i'));
        await refused(() => store.list('c\0'));
        for (let number = 0; number < 31; number += 1) await store.create('c', { id: `${number}`, half });
        await refused(() => store.create('c', { half: `${half}${half}`.slice(0, -100) }));
        await store.update('c', '0', { half: 'small' });
        await refused(() => store.create('c', { id: 'last', half }));
        for (let number = 0; number < 31; number += 1) enqueue('none', half);
        await refused(() => enqueue('none', half));
      }),
    ]);
    await host.start();
    const { id } = await tasks().enqueue('work');
    await until('its end', async () => (await host.desk.job(id)).state === 'succeeded');
    expect(codes).toEqual([
      ...['store/too-large', 'store/bad-name', 'store/bad-name', 'store/bad-name'],
      ...['store/too-large', 'taken', 'inbox/too-much-work'],
    ]);
    const kept = await host.store.reader.selectFrom('document').select('id').execute();
    expect(kept).toHaveLength(32);
    await until('the rest', async () => (await count(host.store, 'succeeded')) === 32);
  });
});
