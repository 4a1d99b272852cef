import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { EntrySource } from '../../core/dialect';
import { HostError, toError } from '../../core/errors';
import { GLOBALS } from './globals';

/** Under this the entry of an app's folder exports what the folder holds. */
export const APP = '__gatehouse_app';

/** What the folder of an app holds, its files evaluated. */
export interface AppContents {
  /** `informer.yaml`, parsed; undefined where there is none. */
  readonly informer: unknown;
  /** There is an `index.html`. */
  readonly hasPage: boolean;
  /** By path, with `/`, from the folder on; in order of code points. */
  readonly files: readonly (readonly [file: string, exports: Readonly<Record<string, unknown>>])[];
}

const MANIFESTS = ['informer.yaml', 'informer.yml'];
const LARGEST_MANIFEST = 65_536;
/** Of `webhooks`, `server` and `tools` together. */
const MOST_FILES = 2_000;

/**
 * The entry of an app's folder: it has an `informer.yaml`, or no entry of its own but files below `webhooks` or `server`.
 * Names that begin with `_` or `.` are no routes, so what several files share may stand beside them.
 * @throws compat/bad-app for a manifest that cannot be read, and for too many files
 */
export async function appEntry(folder: string, file: string | undefined): Promise<EntrySource | undefined> {
  const manifest = await readManifest(folder);
  const [webhooks, server] = await Promise.all([
    filesBelow(folder, 'webhooks'),
    filesBelow(folder, 'server'),
  ]);
  const routes = [...webhooks, ...server];
  if (manifest === undefined && (file !== undefined || routes.length === 0)) return undefined;
  const tools = (await filesBelow(folder, 'tools')).filter((name) => name.split('/').length === 2);
  const files = [...routes, ...tools].sort(byCodePoint);
  if (files.length > MOST_FILES)
    throw new HostError('compat/bad-app', [
      folder,
      `  - it has ${files.length} files, ${MOST_FILES} at most`,
    ]);
  const facts = { informer: manifest?.value, hasPage: await isFile(path.join(folder, 'index.html')) };
  return { source: sourceOf(facts, files), globals: GLOBALS };
}

function sourceOf(facts: object, files: readonly string[]): string {
  const imports = files.map((name, index) => `import * as file${index} from ${JSON.stringify(`./${name}`)};`);
  const entries = files.map((name, index) => `[${JSON.stringify(name)}, file${index}]`);
  // Parsed when it runs: in a literal `__proto__` would be no member.
  const parsed = `JSON.parse(${JSON.stringify(JSON.stringify(facts))})`;
  return [...imports, `export const ${APP} = { ...${parsed}, files: [${entries.join(', ')}] };`].join('\n');
}

async function readManifest(folder: string): Promise<{ readonly value: unknown } | undefined> {
  for (const name of MANIFESTS) {
    const file = path.join(folder, name);
    if (!(await isFile(file))) continue;
    const refuse = (why: string, cause?: unknown) =>
      new HostError('compat/bad-app', [folder, `  - ${name} ${why}`], { cause });
    if ((await realpath(file)) !== file) throw refuse('is a link; write the file itself');
    const text = await readFile(file, 'utf8');
    if (text.length > LARGEST_MANIFEST) throw refuse(`is longer than ${LARGEST_MANIFEST} characters`);
    try {
      return { value: parse(text) ?? {} };
    } catch (thrown) {
      throw refuse(`is no YAML: ${toError(thrown).message.split('\n')[0] ?? ''}`, thrown);
    }
  }
  return undefined;
}

/** JavaScript below a folder of the app; folders that are links are not entered. */
async function filesBelow(folder: string, name: string): Promise<string[]> {
  const entries = await readdir(path.join(folder, name), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep))
    .filter((segments) => segments.every((segment) => !/^[._]|^node_modules$/.test(segment)))
    .map((segments) => segments.join('/'))
    .filter((file) => file.endsWith('.js') && !/\.(?:test|spec)\.js$/.test(file));
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
