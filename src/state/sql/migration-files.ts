import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../../core/errors';
import type { AppliedMigration } from './own-database';

/** One numbered file, as it is for one kind of database. */
export interface MigrationFile {
  readonly number: number;
  /** Without its ending: `001-orders`. */
  readonly name: string;
  /** Its path, for errors. */
  readonly file: string;
  readonly text: string;
  /** SHA-256 of the text, its line ends as `\n`. */
  readonly checksum: string;
}

const ENDING = '.sql';
const NAME = /^(\d{3,9})[-_].+$/;
const KINDS = ['sqlite', 'postgres'] as const;
type Kind = (typeof KINDS)[number];

/**
 * The migrations of a folder for one kind of database, by number; none where there is no folder. A file for that kind wins
 * over the one for both; a step that is only there for the other kind is no step here.
 * @throws sql/bad-migration
 */
export async function readMigrations(folder: string, kind: Kind): Promise<readonly MigrationFile[]> {
  const steps = new Map<number, { name: string; files: Map<Kind | 'both', string> }>();
  for (const entry of await entriesOf(folder)) {
    if (!entry.name.endsWith(ENDING)) continue;
    const file = path.join(folder, entry.name);
    if (!entry.isFile()) throw new HostError('sql/bad-migration', [file, 'it is no ordinary file']);
    const { name, variant } = partsOf(entry.name);
    const [, digits] = NAME.exec(name) ?? [];
    if (digits === undefined)
      throw new HostError('sql/bad-migration', [file, 'its name is not like 001-orders.sql']);
    const number = Number(digits);
    const step = steps.get(number) ?? { name, files: new Map() };
    if (step.name !== name || step.files.has(variant))
      throw new HostError('sql/bad-migration', [file, `${step.name} has the same number`]);
    steps.set(number, step);
    step.files.set(variant, file);
  }
  const found: MigrationFile[] = [];
  for (const [number, { name, files }] of [...steps].sort(([one], [other]) => one - other)) {
    const file = files.get(kind) ?? files.get('both');
    if (file !== undefined) found.push(await readStep(number, name, file));
  }
  return found;
}

/** Those of `files` that have not run. @throws sql/changed-migration */
export function pendingOf(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
): readonly MigrationFile[] {
  const known = new Map(applied.map((migration) => [migration.number, migration]));
  return files.filter(({ number, file, checksum }) => {
    const before = known.get(number);
    if (before !== undefined && before.checksum !== checksum)
      throw new HostError('sql/changed-migration', [file, before.name]);
    return before === undefined;
  });
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new HostError('sql/bad-migration', [folder, 'it cannot be read'], { cause: error });
  }
}

function partsOf(fileName: string): { readonly name: string; readonly variant: Kind | 'both' } {
  const whole = fileName.slice(0, -ENDING.length);
  const variant = KINDS.find((kind) => whole.endsWith(`.${kind}`));
  return variant === undefined
    ? { name: whole, variant: 'both' }
    : { name: whole.slice(0, -variant.length - 1), variant };
}

async function readStep(number: number, name: string, file: string): Promise<MigrationFile> {
  const text = (await readFile(file, 'utf8')).replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  return { number, name, file, text, checksum: createHash('sha256').update(text).digest('hex') };
}
