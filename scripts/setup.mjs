/**
 * Makes a fresh clone runnable: installs what package-lock.json names and builds what is newer than dist. Run before
 * `npm start` and `npm test`; a second run finds everything done. Node built-ins only: nothing is installed yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = path.join(root, 'node_modules', '.gatehouse-setup');
const builtFile = path.join(root, 'dist', '.built');
const lockFolder = path.join(root, '.setup.lock');
const LEAST_NODE = [20, 19];
const LOCK_WAIT_MS = 15 * 60_000;

requireNode();
if (needsInstall() || needsBuild()) await withLock(setUp);

/** Asked again under the lock: whoever held it may have done the work. */
function setUp() {
  if (needsInstall()) {
    console.log('Installing dependencies (npm ci) …');
    npm('ci', '--include=dev', '--no-audit', '--no-fund');
    mkdirSync(path.dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, stamp());
  }
  if (needsBuild()) {
    console.log('Building …');
    npm('run', '--silent', 'build');
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  console.error(`Gatehouse needs Node ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

function needsInstall() {
  return readText(stampFile) !== stamp();
}

/** What installed packages depend on: their versions, and the Node and system their binaries were made for. */
function stamp() {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  const { platform, arch, versions } = process;
  return createHash('sha256').update(lock).update(`${versions.modules} ${platform} ${arch}`).digest('hex');
}

function needsBuild() {
  const builtAt = Date.parse(readText(builtFile) ?? '');
  const inputs = ['package.json', 'package-lock.json', 'tsconfig.json', 'src'].map((name) =>
    path.join(root, name),
  );
  return !(Math.max(...inputs.map(newestMs)) < builtAt);
}

/** The latest change in a file or below a folder; a folder's own time tells of removed files. */
function newestMs(entry) {
  const stats = statSync(entry, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(entry).map((name) => newestMs(path.join(entry, name))));
}

function npm(...args) {
  // Run by npm, the same npm is used; its own settings (omit, prefix, dry-run …) were meant for the outer command.
  const inner = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name) || isConnection(name)),
  );
  delete inner.NODE_ENV;
  const script = process.env.npm_execpath;
  const [command, first] = /\.[cm]?js$/.test(script ?? '') ? [process.execPath, [script]] : ['npm', []];
  const { status, signal, error } = spawnSync(command, [...first, ...args], {
    cwd: root,
    env: inner,
    stdio: 'inherit',
  });
  if (status === 0) return;
  if (error !== undefined) console.error(`npm could not be run: ${error.message}`);
  throw Object.assign(new Error(`npm ${args.join(' ')} failed`), {
    exitCode: status ?? (signal === null ? 1 : 130),
  });
}

/** How to reach the registry is as true inside as outside. */
function isConnection(name) {
  return /^npm_config_(registry|cache|userconfig|globalconfig|cafile|ca|strict_ssl|noproxy|proxy|https_proxy|nodedir|.*:.*)$/i.test(
    name,
  );
}

/** Two npm runs at once: one works, the other waits. The lock of a process that is gone is taken over. */
async function withLock(work) {
  const deadline = Date.now() + LOCK_WAIT_MS;
  const owner = path.join(lockFolder, 'pid');
  for (let waited = false; !tryLock(owner); waited = true) {
    if (isStale(owner)) discardLock();
    else if (Date.now() > deadline) fail(`Another set-up still runs; if none does, remove ${lockFolder}.`);
    else {
      if (!waited) console.log('Waiting for another set-up of this folder …');
      await sleep(200);
    }
  }
  process
    .once('SIGINT', () => (discardLock(), process.exit(130)))
    .once('SIGTERM', () => (discardLock(), process.exit(143)));
  try {
    work();
  } catch (error) {
    if (error.exitCode === undefined) throw error;
    process.exitCode = error.exitCode;
    console.error(`Set-up stopped: ${error.message}.`);
  } finally {
    discardLock();
  }
}

function tryLock(owner) {
  try {
    mkdirSync(lockFolder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(owner, String(process.pid));
  return true;
}

/** Renamed first: whoever makes the next lock meanwhile must not lose it to a slow removal. */
function discardLock() {
  const discarded = `${lockFolder}.${process.pid}`;
  try {
    renameSync(lockFolder, discarded);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  rmSync(discarded, { recursive: true, force: true });
}

function isStale(owner) {
  const pid = Number(readText(owner));
  // Made a moment ago and not signed yet, or gone already: look again.
  if (!(pid > 0))
    return Date.now() - (statSync(lockFolder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 5_000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
