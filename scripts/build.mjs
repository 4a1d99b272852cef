/**
 * Compiles src and the console to dist and makes `npx gatehouse` run it: tsc sets no exec bit, and npm links no package to itself.
 * Built beside dist and put in its place by renaming: what runs from dist meanwhile finds it whole, and a build that
 * fails or is interrupted changes nothing.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const startedAt = new Date();
const dist = path.join(root, 'dist');
// Named by process, so that the leftovers of one that is gone can be told from the work of one that runs.
const fresh = `${dist}.new-${process.pid}`;
const previous = `${dist}.old-${process.pid}`;

removeLeftovers();
// Of its own, and not tsc's: from empty, so that the output of a removed file does not live on.
mkdirSync(fresh);
const { status } = spawnSync(process.execPath, [compiler, '-p', root, '--outDir', fresh], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(status ?? 1);
}
chmodSync(path.join(fresh, 'main.js'), 0o755);
// Pages of the host's own: a browser reads them as they are written.
const pages = path.join(root, 'src/pages');
if (existsSync(pages)) cpSync(pages, path.join(fresh, 'pages'), { recursive: true });
// The console: as a browser takes it, and nothing of it is loaded by the host.
const consoleSource = path.join(root, 'console');
if (existsSync(consoleSource)) {
  const { build } = await import('vite');
  await build({
    configFile: path.join(consoleSource, 'vite.config.mjs'),
    logLevel: 'warn',
    build: { outDir: path.join(fresh, 'console') },
  });
}
// Read by the set-up. The time is the build's start: a file edited meanwhile counts as newer.
writeFileSync(path.join(fresh, '.built'), `${startedAt.toISOString()}\n`);
takePlace();
link();

/** Of builds that were killed. One killed between its two renames left the only whole dist there is: it comes back. */
function removeLeftovers() {
  for (const name of readdirSync(root)) {
    const [, kind, pid] = /^dist\.(new|old)-(\d+)$/.exec(name) ?? [];
    if (kind === undefined || (Number(pid) !== process.pid && isRunning(Number(pid)))) continue;
    const leftover = path.join(root, name);
    if (kind === 'old' && !existsSync(dist)) renameSync(leftover, dist);
    else rmSync(leftover, { recursive: true, force: true });
  }
}

/** A folder cannot be renamed onto another; between the two renames nothing but SIGKILL can stop this process. */
function takePlace() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  const isFirst = !existsSync(dist);
  if (!isFirst) renameSync(dist, previous);
  try {
    renameSync(fresh, dist);
  } catch (error) {
    if (!isFirst) renameSync(previous, dist);
    throw error;
  }
  rmSync(previous, { recursive: true, force: true });
}

function link() {
  const target = path.join(root, 'node_modules/.bin/gatehouse');
  mkdirSync(path.dirname(target), { recursive: true });
  const made = `${target}.${process.pid}`;
  rmSync(made, { force: true });
  symlinkSync('../../dist/main.js', made);
  renameSync(made, target);
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
