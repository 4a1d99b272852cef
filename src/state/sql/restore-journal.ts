import { existsSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { parsePluginKey, type PluginKey } from '../../core/plugin-key';
import { KINDS, waitingFile } from './database-waiting';
import { DATABASE_FILE } from './plugin-databases';

/** A database that a restore puts into its place. */
export interface Written {
  readonly key: PluginKey;
  readonly file: string;
}

/** What a restore is about to move: there from before its first move until the last is final, or taken back. */
export interface RestoreJournal {
  readonly id: string;
  readonly written: readonly Written[];
}

/** Of a database's own file, its log and the index of that. */
const ENDS = ['', '-wal', '-shm'];
const JOURNAL = 'restore-journal.json';
const journalShape = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/),
  written: z.array(z.object({ key: z.string(), name: z.string() })),
});

/** Where the bytes wait until they take their place. */
export function partOf(file: string): string {
  return `${file}.restored`;
}

/** What may be there of a plugin's database, beside one another in its data folder. */
export function filesOf(data: string, key: PluginKey): { own: string[]; waiting: string[] } {
  const folder = path.join(data, 'plugins', key);
  const own = ENDS.map((end) => path.join(folder, DATABASE_FILE) + end);
  return { own, waiting: KINDS.map((from) => waitingFile(folder, from)) };
}

/** On the disk when it resolves. */
export async function writeJournal(data: string, { id, written }: RestoreJournal): Promise<void> {
  const file = path.join(data, JOURNAL);
  const part = `${file}.part`;
  const names = written.map(({ key, file: of }) => ({ key, name: path.basename(of) }));
  const handle = await open(part, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ id, written: names }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
}

/** Puts what is written into its place, and what was there aside, under a name that no other restore has. */
export async function place(data: string, { id, written }: RestoreJournal, replaces: 'all' | 'waiting') {
  for (const { key, file } of written) {
    const { own, waiting } = filesOf(data, key);
    for (const each of replaces === 'all' ? [...own, ...waiting] : waiting)
      if (existsSync(each)) await rename(each, asideOf(each, id));
    await rename(partOf(file), file);
  }
}

/** Each step may have been done before: what ended half-way is taken back from its beginning. */
export async function takeBack(data: string, { id, written }: RestoreJournal): Promise<void> {
  for (const { key, file } of written) {
    // In its place; what SQLite has laid beside it since is its own.
    if (!existsSync(partOf(file)) && existsSync(file)) {
      for (const end of ENDS.slice(1)) await rm(file + end, { force: true });
      await rename(file, partOf(file));
    }
    const { own, waiting } = filesOf(data, key);
    for (const each of [...own, ...waiting])
      if (existsSync(asideOf(each, id))) await rename(asideOf(each, id), each);
  }
  // First: without its part, what is back in its place would pass for what was restored.
  await rm(path.join(data, JOURNAL), { force: true });
  for (const { file } of written) await rm(partOf(file), { force: true });
}

/** The restore has been committed: what was there before goes. */
export async function makeFinal(data: string, { id, written }: RestoreJournal): Promise<void> {
  for (const { key } of written) {
    const { own, waiting } = filesOf(data, key);
    for (const each of [...own, ...waiting]) await rm(asideOf(each, id), { force: true });
  }
  await rm(path.join(data, JOURNAL), { force: true });
}

/**
 * Ends a restore whose process died between the databases of plugins and the store: what is committed stays, what is not is taken
 * back. Before anything in the data folder is opened, and while no restore runs. @throws what the file system or `wasCommitted` says
 */
export async function settleRestore(
  data: string,
  wasCommitted: (id: string) => Promise<boolean>,
): Promise<void> {
  const journal = await readJournal(data);
  if (journal === undefined) return;
  await ((await wasCommitted(journal.id)) ? makeFinal : takeBack)(data, journal);
}

async function readJournal(data: string): Promise<RestoreJournal | undefined> {
  const file = path.join(data, JOURNAL);
  if (!existsSync(file)) return undefined;
  const { id, written } = journalShape.parse(JSON.parse(await readFile(file, 'utf8')));
  return {
    id,
    written: written.map(({ key: text, name }) => {
      const key = parsePluginKey(text);
      const { own, waiting } = key === undefined ? { own: [], waiting: [] } : filesOf(data, key);
      const of = [...own, ...waiting].find((each) => path.basename(each) === name);
      if (key === undefined || of === undefined) throw new TypeError(`${file} names what no restore makes`);
      return { key, file: of };
    }),
  };
}

function asideOf(file: string, id: string): string {
  return `${file}.replaced-${id}`;
}
