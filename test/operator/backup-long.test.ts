import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BackupPart, StoreBackup } from '../../src/core/ports/backup';
import { readBackup } from '../../src/operator/backup/read-backup';
import { createBackupDesk } from '../../src/operator/backup/write-backup';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-backup-long-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let isClosed = false;
const store: StoreBackup = {
  head: { at: 1, all: false, store: 'sqlite', schema: 4, proof: undefined },
  async *sections() {
    const read = async function* () {
      yield [1];
    };
    yield { part: 'store', name: 'job', columns: ['id'], facts: {}, rows: read() };
  },
  close: async () => void (isClosed = true),
};
/** Its work ends when `until` does. */
const slow = (until: (signal: AbortSignal | undefined) => Promise<void>): BackupPart => ({
  async *sections(signal) {
    await until(signal);
    const read = async function* () {
      yield [Buffer.from('all of it')];
    };
    yield { part: 'databases', name: 'acme.slow', columns: ['bytes'], facts: {}, rows: read() };
  },
});
const deskWith = (part: BackupPart) =>
  createBackupDesk({ openStore: async () => store, parts: [part], signOfLifeMs: 5 });
beforeEach(() => {
  isClosed = false;
});

test('while a database is copied the store is let go, the reader hears something, and the file is whole', async () => {
  let go = () => {};
  const wait = new Promise<void>((resolve) => (go = resolve));
  let wasClosed = false;
  const desk = deskWith(
    slow(async () => {
      wasClosed = isClosed;
      await wait;
    }),
  );
  let pieces = 0;
  const counting = async function* () {
    for await (const piece of desk.write({ all: false })) {
      pieces += 1;
      // Only signs of life come as long as the database is not there.
      if (pieces === 4) go();
      yield piece;
    }
  };
  const file = path.join(folder, 'slow.gz');
  await pipeline(Readable.from(counting()), createWriteStream(file));
  expect(wasClosed).toBe(true);
  const names: string[] = [];
  for await (const { name } of (await readBackup(file)).sections()) names.push(name);
  expect(names).toEqual(['job', 'acme.slow']);
});

test('a reader that goes away ends the copy of a database', async () => {
  let stopped = () => {};
  const ended = new Promise<void>((resolve) => (stopped = resolve));
  const desk = deskWith(
    slow(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            stopped();
            reject(signal.reason as Error);
          });
        }),
    ),
  );
  for await (const _piece of desk.write({ all: false })) break;
  await ended;
  expect(isClosed).toBe(true);
});
