/**
 * Judges the signatures of this project by senders' own packages, which are too heavy for `npm test`: installs those of
 * test/oracles into its node_modules, unless they are there already, and runs its tests. Needs the network the first time,
 * and the project built. Run: node scripts/oracles.mjs
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'test', 'oracles');
const mark = path.join(folder, 'node_modules', '.installed');

if (!existsSync(path.join(root, 'dist', 'signatures', 'samples', 'samples.js'))) {
  console.error('The project is not built; run `npm run build` first.');
  process.exit(2);
}
install();
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-reporter=spec', path.join(folder, 'judges.test.mjs')],
  { cwd: folder, stdio: 'inherit' },
);
process.exit(status ?? 1);

/** Once for each lock file. Nothing of the packages is run while they are installed. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  console.log('Installing the packages that judge …');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  writeFileSync(mark, lock);
}
