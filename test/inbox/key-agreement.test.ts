import winston from 'winston';
import { Committer } from '../../src/inbox/committer';
import { agreeOnKey } from '../../src/inbox/key-agreement';
import { createSealer } from '../../src/state/sealer';
import { eachStore } from './each-store';

const sealerOf = (byte: number) =>
  createSealer({ id: `key-${byte}`, bytes: Buffer.alloc(32, byte), file: undefined, made: false });

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
});
