import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import type { LiveSecret } from '../../src/core/ports/secrets';
import { openPostgresStore } from '../../src/inbox/postgres/open-postgres-store';
import { Committer } from '../../src/inbox/committer';
import { StoredSharedState } from '../../src/inbox/shared-state';
import { createSecrets } from '../../src/state/secrets';
import { keyOf } from '../core/plain-mount';
import { until } from '../inbox/engine-under-test';
import { createTestSchema } from '../support/postgres';
import { CI, keptLogger, openSecrets, sealerOf, type SecretsUnderTest } from './secrets-under-test';

let under: SecretsUnderTest;
beforeEach(async () => {
  under = await openSecrets();
});
afterEach(() => under.close());

const values = (live: readonly LiveSecret[]) => live.map(({ value }) => value);
const live = (name: string, at = under.time) => values(under.secrets.live(CI, name, at));
const refused = (code: string) => expect.objectContaining({ code });

describe('a secret', () => {
  test('that was set is live under its name, in its plugin, and nowhere else', async () => {
    await under.secrets.set(CI, 'TOKEN', 'one');
    expect(live('TOKEN')).toEqual(['one']);
    expect([live('token'), live('OTHER')]).toEqual([[], []]);
    expect(under.secrets.live(keyOf('acme.cd'), 'TOKEN', under.time)).toEqual([]);
    await under.secrets.set(CI, 'TOKEN', 'two');
    expect(live('TOKEN')).toEqual(['two']);
  });

  test('is the same answer each time while nothing changes: a request makes nothing', async () => {
    await under.secrets.set(CI, 'TOKEN', 'one');
    const first = under.secrets.live(CI, 'TOKEN', under.time);
    expect(under.secrets.live(CI, 'TOKEN', under.time + 1)).toBe(first);
  });

  test('that is rotated has its old values beside the new one until the overlap is over', async () => {
    const first = await under.secrets.set(CI, 'TOKEN', 'one');
    under.time += 10;
    const second = await under.secrets.rotate(CI, 'TOKEN', 'two', 1_000);
    expect(live('TOKEN')).toEqual(['two', 'one']);
    expect(live('TOKEN', under.time + 1_000)).toEqual(['two', 'one']);
    expect(live('TOKEN', under.time + 1_001)).toEqual(['two']);
    expect(under.secrets.list(CI)).toEqual([
      ...[{ plugin: CI, name: 'TOKEN', id: second, origin: 'stored', createdAt: under.time }],
      { plugin: CI, name: 'TOKEN', id: first, origin: 'stored', createdAt: 1_000_000, notAfter: 1_001_010 },
    ]);
  });

  test('that was to end earlier is not kept alive by the next rotation, and is dropped once it ended', async () => {
    await under.secrets.set(CI, 'TOKEN', 'one');
    await under.secrets.rotate(CI, 'TOKEN', 'two', 1_000);
    await under.secrets.rotate(CI, 'TOKEN', 'three', 60_000);
    expect(live('TOKEN', under.time + 1_001)).toEqual(['three', 'two']);
    under.time += 2_000;
    expect(under.secrets.list(CI)).toHaveLength(2);
    await under.secrets.rotate(CI, 'TOKEN', 'four', 60_000);
    const [stored] = under.database.shared.list('secrets');
    expect(JSON.parse(stored?.value ?? '')).toHaveLength(3);
  });

  test('rotated without an overlap ends at once', async () => {
    await under.secrets.set(CI, 'TOKEN', 'one');
    await under.secrets.rotate(CI, 'TOKEN', 'two', 0);
    expect(live('TOKEN')).toEqual(['two']);
  });

  test('has at most eight live values, and `set` begins anew', async () => {
    for (let number = 1; number <= 8; number += 1)
      await under.secrets.rotate(CI, 'TOKEN', `value ${number}`, 60_000);
    await expect(under.secrets.rotate(CI, 'TOKEN', 'ninth', 60_000)).rejects.toEqual(
      refused('secrets/too-many'),
    );
    expect(live('TOKEN')).toHaveLength(8);
    await under.secrets.set(CI, 'TOKEN', 'ninth');
    expect(live('TOKEN')).toEqual(['ninth']);
  });

  test('that was removed is gone, and is none the second time', async () => {
    await under.secrets.rotate(CI, 'TOKEN', 'one', 0);
    expect(await under.secrets.remove(CI, 'TOKEN')).toBe(true);
    expect([live('TOKEN'), under.secrets.list()]).toEqual([[], []]);
    expect(await under.secrets.remove(CI, 'TOKEN')).toBe(false);
    await under.secrets.set(CI, 'TOKEN', 'back');
    expect(live('TOKEN')).toEqual(['back']);
  });

  test.each(['', ' ', '\n\t '])('cannot be the blank %j, which would open to everybody', async (blank) => {
    for (const change of [under.secrets.set(CI, 'TOKEN', blank), under.secrets.rotate(CI, 'TOKEN', blank, 0)])
      await expect(change).rejects.toEqual(refused('secrets/empty-value'));
    expect(live('TOKEN')).toEqual([]);
  });

  test.each(['', '1A', 'a/b', 'A B', 'TOKEN_FILE', 'token-file', 'Ä', '__proto__', 'x'.repeat(101)])(
    'cannot be called %j',
    async (name) => {
      await expect(under.secrets.set(CI, name, 'x')).rejects.toEqual(refused('secrets/bad-name'));
    },
  );

  test('holds up to 16 KiB', async () => {
    const largest = 'ä'.repeat(8_192);
    await under.secrets.set(CI, 'TOKEN', largest);
    expect(live('TOKEN')).toEqual([largest]);
    await expect(under.secrets.set(CI, 'TOKEN', `${largest}x`)).rejects.toEqual(refused('secrets/too-large'));
  });

  test('lets eight of the largest values in', async () => {
    for (let number = 0; number < 8; number += 1)
      await under.secrets.rotate(CI, 'TOKEN', `${number}${'x'.repeat(16_383)}`, 60_000);
    expect(live('TOKEN')).toHaveLength(8);
  });
});

describe('a value', () => {
  test('is in no file of the database, no log line and nothing that is printed', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-secrets-'));
    const other = await openSecrets({}, folder);
    await other.secrets.set(CI, 'TOKEN', 'correct-horse-battery');
    await other.secrets.rotate(CI, 'TOKEN', 'staple-horse-battery', 1_000);
    const files = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'latin1'));
    const found = other.secrets.live(CI, 'TOKEN', other.time);
    const printed = [inspect(found), JSON.stringify(found), JSON.stringify(other.secrets.list())];
    expect(other.lines.join('')).toContain('a secret was rotated');
    await other.close();
    for (const text of [...files, ...other.lines, ...printed]) expect(text).not.toContain('horse-battery');
    expect(printed.join('')).toContain(found[0]?.id);
  });

  test('is there for the next process', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-secrets-'));
    const before = await openSecrets({}, folder);
    await before.secrets.set(CI, 'TOKEN', 'one');
    await before.database.close();
    const after = await openSecrets({}, folder);
    expect(values(after.secrets.live(CI, 'TOKEN', after.time))).toEqual(['one']);
    await after.close();
  });

  test('that does not open is none, and named in the log; the others are live', async () => {
    await under.secrets.set(CI, 'TOKEN', 'one');
    await under.secrets.set(CI, 'OTHER', 'two');
    const { shared } = under.database;
    const [other, token] = shared.list('secrets');
    // The one's record under the other's name: nobody who can write to the database moves a value about.
    await shared.put('secrets', 'acme.ci/TOKEN', other?.value);
    expect([live('TOKEN'), live('OTHER')]).toEqual([[], ['two']]);
    expect(under.lines.at(-1)).toMatch(
      /cannot be opened and counts as none; set it again.*acme\.ci TOKEN s-/,
    );
    for (const text of ['no JSON', '{}', '[{"id":1}]', '[null]']) {
      await shared.put('secrets', 'acme.ci/TOKEN', text);
      expect(live('TOKEN')).toEqual([]);
      expect(under.lines.at(-1)).toContain('cannot be read; set it again');
    }
    await shared.put('secrets', 'acme.ci/TOKEN', token?.value);
    expect(live('TOKEN')).toEqual(['one']);
    await shared.put('secrets', 'nonsense', token?.value);
    expect(under.secrets.list().map(({ name }) => name)).toEqual(['OTHER', 'TOKEN']);
  });

  test('sealed with another master key is none', async () => {
    await under.secrets.set(CI, 'TOKEN', 'one');
    const other = under.another({}, 2);
    expect(other.live(CI, 'TOKEN', under.time)).toEqual([]);
    await other.set(CI, 'TOKEN', 'two');
    expect([values(other.live(CI, 'TOKEN', under.time)), live('TOKEN')]).toEqual([['two'], []]);
  });
});

describe('what a plugin gets', () => {
  test('is its own secrets, newest first, by the clock', async () => {
    const own = under.secrets.of(CI);
    expect(own.get('TOKEN')).toBeUndefined();
    await own.set('TOKEN', 'one');
    await under.secrets.rotate(CI, 'TOKEN', 'two', 10);
    expect([own.get('TOKEN'), under.secrets.of(keyOf('acme.cd')).get('TOKEN')]).toEqual(['two', undefined]);
  });

  test.each([undefined, null, 7, {}, '', 'a/b'])('is nothing when it asks for %p', (name) => {
    expect(under.secrets.of(CI).get(name as string)).toBeUndefined();
  });

  test('refuses a value that is no text', async () => {
    await expect(under.secrets.of(CI).set('TOKEN', 7 as unknown as string)).rejects.toEqual(
      refused('secrets/empty-value'),
    );
  });
});

describe('hosts that share a database', () => {
  test('each add a value at the same time, and none is lost', async () => {
    const hosts = [under.secrets, under.another(), under.another()];
    await Promise.all(hosts.map((host, index) => host.rotate(CI, 'TOKEN', `value ${index}`, 60_000)));
    for (const host of hosts)
      expect(values(host.live(CI, 'TOKEN', under.time)).sort()).toEqual(['value 0', 'value 1', 'value 2']);
  });

  test('take over what another one changed, removals too', async () => {
    const schema = await createTestSchema();
    const open = async () => {
      const { store } = await openPostgresStore(schema.url);
      const { logger } = keptLogger();
      const committer = new Committer(store, logger);
      const shared = new StoredSharedState(store, (unit) => committer.submit(unit, 'must'));
      await shared.open();
      const clock = { now: () => 0 };
      const secrets = createSecrets({
        ...{ shared, logger, clock, environment: {}, sealer: sealerOf(1), plugins: () => [] },
      });
      const close = async () => {
        secrets.close();
        shared.close();
        await committer.flushed();
        await store.close();
      };
      return { secrets, close };
    };
    const [one, other] = [await open(), await open()];
    const seen = (...wanted: string[]) =>
      until(
        `it has ${wanted.join()}`,
        () => values(other.secrets.live(CI, 'TOKEN', 0)).join() === wanted.join(),
      );
    await one.secrets.set(CI, 'TOKEN', 'one');
    await seen('one');
    await one.secrets.rotate(CI, 'TOKEN', 'two', 1_000);
    await seen('two', 'one');
    await one.secrets.remove(CI, 'TOKEN');
    await seen();
    for (const { close } of [one, other]) await close();
    await schema.drop();
  });
});

test('a change that cannot be stored is refused with 503, and what was live stays', async () => {
  await under.secrets.set(CI, 'TOKEN', 'one');
  await under.database.close();
  await expect(under.secrets.set(CI, 'TOKEN', 'two')).rejects.toMatchObject({
    code: 'inbox/unavailable',
    status: 503,
  });
  expect(live('TOKEN')).toEqual(['one']);
  under = await openSecrets();
});
