import winston from 'winston';
import { Committer } from '../../src/inbox/committer';
import { agreeOnKey, keyProofs } from '../../src/inbox/key-agreement';
import { createSealer } from '../../src/state/sealer';
import { eachStore } from './each-store';

const keyOf = (byte: number) => ({
  ...{ id: `0000000${byte}`, bytes: Buffer.alloc(32, byte), file: undefined, made: false },
});
const sealerOf = (byte: number) => createSealer(keyOf(byte));

eachStore('hosts that share a store', (openStore) => {
  test('share the master key, or are refused before they store anything', async () => {
    const store = await openStore();
    const committer = new Committer(store, winston.createLogger({ silent: true }));
    await agreeOnKey(store, committer, sealerOf(7));
    await agreeOnKey(store, committer, sealerOf(7));
    await expect(agreeOnKey(store, committer, sealerOf(8))).rejects.toMatchObject({
      code: 'inbox/other-master-key',
      message: expect.stringContaining('GATEHOUSE_MASTER_KEY'),
    });
    await store.close();
  });

  test('need both keys while one takes the other’s place, and the new one afterwards', async () => {
    const store = await openStore();
    const committer = new Committer(store, winston.createLogger({ silent: true }));
    const both = (seals: number, opens: number) => createSealer(keyOf(seals), [keyOf(opens)]);
    const agrees = (sealer: ReturnType<typeof both>) =>
      agreeOnKey(store, committer, sealer).then(
        () => true,
        (error: { code?: unknown }) => (error.code === 'inbox/other-master-key' ? false : error),
      );
    const all = async () => [
      await agrees(sealerOf(7)),
      await agrees(sealerOf(8)),
      await agrees(both(8, 7)),
      await agrees(both(7, 8)),
    ];
    await agreeOnKey(store, committer, sealerOf(7));
    expect(await all()).toEqual([true, false, true, true]);
    const proofs = keyProofs(store, committer, both(8, 7));
    await proofs.begin();
    expect(await all()).toEqual([false, false, true, true]);
    await proofs.withdraw();
    expect(await all()).toEqual([true, false, true, true]);
    await proofs.begin();
    await proofs.finish();
    expect(await all()).toEqual([false, true, true, true]);
    await store.close();
  });
});
