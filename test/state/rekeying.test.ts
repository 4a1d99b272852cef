import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Hosts } from '../../src/core/ports/hosts';
import type { KeyProofs } from '../../src/core/ports/rekeying';
import type { SharedState } from '../../src/core/ports/shared-state';
import { Secret } from '../../src/core/secret';
import { Committer } from '../../src/inbox/committer';
import { agreeOnKey, keyProofs } from '../../src/inbox/key-agreement';
import { NodeList } from '../../src/inbox/node-list';
import { StoredSharedState } from '../../src/inbox/shared-state';
import type { Store } from '../../src/inbox/store';
import { createConfigStore } from '../../src/state/config-values';
import { provideMasterKey, providePreviousKeys, type MasterKey } from '../../src/state/master-key';
import { createRekeying } from '../../src/state/rekeying';
import { stateSpaces } from '../../src/state/sealed-spaces';
import { createSealer, sealingKeyOf, type MasterSealer } from '../../src/state/sealer';
import { createSecrets } from '../../src/state/secrets';
import { createSignedUrls } from '../../src/state/signed-urls';
import { createUserSecrets } from '../../src/state/user-secrets';
import { eachStore } from '../inbox/each-store';
import { CI, keptLogger } from './secrets-under-test';

let data: string;
const running = new Set<{ stop(): Promise<void> }>();
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'gatehouse-rekey-'));
});
afterEach(async () => {
  for (const host of running) await host.stop();
  rmSync(data, { recursive: true, force: true });
});

const given = (fill: number) => new Secret(Buffer.alloc(32, fill).toString('hex'));
interface Keys {
  readonly key: MasterKey;
  readonly previous: MasterKey[];
}
const keysOfFolder = (): Keys => ({
  key: provideMasterKey(undefined, data),
  previous: providePreviousKeys([], data),
});
const keysOfSettings = (current: number, ...previous: number[]): Keys => ({
  key: provideMasterKey(given(current), data),
  previous: providePreviousKeys(previous.map(given), data),
});

let started = 0;
/** A host as far as its sealed values go. @throws inbox/other-master-key */
async function startOn(store: Store, { key, previous }: Keys, wrap = (shared: SharedState) => shared) {
  const { logger, lines } = keptLogger();
  const committer = new Committer(store, logger);
  const sealer = createSealer(key, previous);
  try {
    await agreeOnKey(store, committer, sealer);
  } catch (refused) {
    await store.close();
    throw refused;
  }
  const stored = new StoredSharedState(store, (unit) => committer.submit(unit, 'must'));
  await stored.open();
  const shared = wrap(stored);
  const id = `host-${(started += 1)}`;
  const nodes = new NodeList(store, committer, { id, url: () => `http://${id}` });
  await nodes.start();
  const clock = { now: () => 1_000_000 };
  const parts = { shared, sealer, logger, clock };
  const secrets = createSecrets({ ...parts, environment: {}, plugins: () => [CI] });
  const users = createUserSecrets(parts);
  const urls = createSignedUrls(parts);
  const configs = createConfigStore(parts);
  const rekeying = createRekeying({
    ...{ shared, hosts: nodes as Hosts, sealer, key, data, logger, spaces: stateSpaces },
    proofs: keyProofs(store, committer, sealer) as KeyProofs,
  });
  const host = {
    ...{ sealer, shared, secrets, users, urls, configs, rekeying, lines, id },
    async stop() {
      running.delete(host);
      rekeying.close();
      stored.close();
      await nodes.stop();
      await committer.flushed();
      await store.close();
    },
  };
  running.add(host);
  return host;
}
type Host = Awaited<ReturnType<typeof startOn>>;

async function fill({ secrets, users, urls, configs }: Host): Promise<void> {
  await secrets.set(CI, 'TOKEN', 'first');
  await secrets.rotate(CI, 'TOKEN', 'second', 60_000);
  await secrets.propose(CI, 'HOOK', 'proposed');
  await users.set(CI, 'ann/bob', 'TOKEN', 'of ann');
  await urls.provide(CI, '/in/:id');
  await configs.put(CI, { open: 'clear', pin: { deep: 'hidden' } }, new Set(['pin']), 0);
}
const read = ({ secrets, users, urls, configs }: Host) => [
  secrets.live(CI, 'TOKEN', 1_000_000).map(({ value }) => value),
  secrets.proposals(CI).map(({ name }) => name),
  users.of(CI, 'ann/bob').get('TOKEN'),
  urls.current(CI, '/in/:id', 1_000_000)?.length,
  configs.get(CI).values,
];
const ALL = [['second', 'first'], ['HOOK'], 'of ann', 43, { open: 'clear', pin: { deep: 'hidden' } }];
/** The ids of the keys that what is stored is sealed with. */
const keysIn = ({ shared }: Pick<Host, 'shared'>) => {
  const texts = stateSpaces.flatMap(({ space }) => shared.list(space).map(({ value }) => value));
  const sealed = texts.flatMap((text) => text.match(/s1\.[0-9a-f]{8}\.[\w-]+/g) ?? []);
  return new Set(sealed.map(sealingKeyOf));
};

eachStore('a change of the master key', (_openStore, kind, reopen) => {
  test('makes a key where the host made the one before, and seals everything with it', async () => {
    const { open, again } = await reopen();
    const host = await startOn(await open(), keysOfFolder());
    await fill(host);
    const before = host.sealer.keyId;
    const done = await host.rekeying.rekey();
    expect(done).toEqual({ keyId: host.sealer.keyId, made: true, resealed: 6, unreadable: [] });
    expect(done.keyId).not.toBe(before);
    expect([read(host), keysIn(host)]).toEqual([ALL, new Set([done.keyId])]);
    for (const name of ['master-key', 'master-key.previous'])
      expect(statSync(path.join(data, name)).mode & 0o777).toBe(0o600);
    await host.stop();
    const keys = keysOfFolder();
    expect([keys.key.id, keys.previous.map(({ id }) => id)]).toEqual([done.keyId, [before]]);
    const restarted = await startOn(await again(), keys);
    expect(read(restarted)).toEqual(ALL);
    await restarted.stop();
    // Without the key before everything that hosts share is there, too.
    expect(read(await startOn(await again(), { key: keys.key, previous: [] }))).toEqual(ALL);
  });

  test('that ends in the middle leaves everything readable, and another one finishes it', async () => {
    const { open, again } = await reopen();
    let puts = 0;
    const failing = (shared: SharedState): SharedState => ({
      get: (space, name) => shared.get(space, name),
      list: (space) => shared.list(space),
      onChange: (space, changed) => shared.onChange(space, changed),
      put: (space, name, value, revision) => {
        if (existsSync(path.join(data, 'master-key.previous')) && (puts += 1) > 2)
          return Promise.reject(new Error('the power is gone'));
        return shared.put(space, name, value, revision);
      },
    });
    const host = await startOn(await open(), keysOfFolder(), failing);
    await fill(host);
    await expect(host.rekeying.rekey()).rejects.toThrow('the power is gone');
    expect(keysIn(host).size).toBe(2);
    await host.stop();
    const keys = keysOfFolder();
    for (const lone of [keys.key, ...keys.previous])
      await expect(startOn(await again(), { key: lone, previous: [] })).rejects.toMatchObject({
        code: 'inbox/other-master-key',
      });
    const next = await startOn(await again(), keys);
    expect(read(next)).toEqual(ALL);
    const done = await next.rekeying.rekey();
    expect([read(next), keysIn(next)]).toEqual([ALL, new Set([done.keyId])]);
  });

  test('takes the key of the settings, and what no key opens stays as it is and is named', async () => {
    const { open, again } = await reopen();
    const before = await startOn(await open(), keysOfSettings(1));
    await fill(before);
    await before.stop();
    const host = await startOn(await again(), keysOfSettings(2, 1));
    const stray: MasterSealer = createSealer(keysOfSettings(9).key);
    const record = [{ id: 's-1', sealed: stray.seal('x', 'secret acme.ci LOST s-1'), createdAt: 1 }];
    await host.shared.put('secrets', 'acme.ci/LOST', JSON.stringify(record));
    expect(await host.rekeying.rekey()).toEqual({
      ...{ keyId: host.sealer.keyId, made: false, resealed: 6, unreadable: ['secrets acme.ci/LOST'] },
    });
    expect(read(host)).toEqual(ALL);
    expect(JSON.parse(host.shared.get('secrets', 'acme.ci/LOST')?.value ?? '')).toEqual(record);
    expect((await host.rekeying.rekey()).resealed).toBe(0);
    expect(existsSync(path.join(data, 'master-key'))).toBe(false);
    expect(host.lines.join('')).not.toMatch(/of ann|hidden|"first"|"second"/);
  });

  if (kind === 'postgres')
    test('waits for every host to seal with the key, and says which one does not', async () => {
      const { open, again } = await reopen();
      const old = await startOn(await open(), keysOfSettings(1, 2));
      await fill(old);
      const host = await startOn(await again(), keysOfSettings(2, 1));
      await expect(host.rekeying.rekey()).rejects.toMatchObject({
        code: 'secrets/rekey-refused',
        message: expect.stringContaining(`http://${old.id} does not seal with the same key`),
      });
      expect(keysIn(host)).toEqual(new Set([old.sealer.keyId]));
      // Nothing is left behind: a host with the old key alone starts still.
      const withOld = await startOn(await again(), keysOfSettings(1));
      expect(read(withOld)).toEqual(ALL);
      for (const gone of [withOld, old]) await gone.stop();
      const second = await startOn(await again(), keysOfSettings(2, 1));
      expect(await host.rekeying.rekey()).toMatchObject({ resealed: 6, made: false });
      await expect(startOn(await again(), keysOfSettings(1))).rejects.toMatchObject({
        code: 'inbox/other-master-key',
      });
      expect(read(second)).toEqual(ALL);
    });

  if (kind === 'postgres')
    test('makes no key while another host is there, which could not know it', async () => {
      const { open, again } = await reopen();
      const host = await startOn(await open(), keysOfFolder());
      await startOn(await again(), keysOfFolder());
      const key = readFileSync(path.join(data, 'master-key'), 'utf8');
      await expect(host.rekeying.rekey()).rejects.toMatchObject({ code: 'secrets/rekey-refused' });
      expect(readFileSync(path.join(data, 'master-key'), 'utf8')).toBe(key);
    });
});
