/**
 * Makes a fresh clone runnable: installs what package-lock.json names and builds what is newer than dist. Run before
 * `npm start` and `npm test`; a second run finds everything done. Node built-ins only: nothing is installed yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { headersFolder, requireBuildTools, requireCompiled } from './build-tools.mjs';
import { withLock } from './folder-lock.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = path.join(root, 'node_modules', '.gatehouse-setup');
const builtFile = path.join(root, 'dist', '.built');
const lockFolder = path.join(root, '.setup.lock');
const LEAST_NODE = [20, 19];
const LOCK_WAIT_MS = 15 * 60_000;

requireNode();
if (needsInstall() || needsBuild()) await setUpAlone();

/** Two npm runs at once: one works, the other waits. */
async function setUpAlone() {
  try {
    await withLock(lockFolder, setUp, {
      waitMs: LOCK_WAIT_MS,
      onWait: () => console.log('Waiting for another set-up of this folder …'),
    });
  } catch (error) {
    if (error.code === 'ELOCKED')
      console.error(`Another set-up still runs; if none does, remove ${lockFolder}.`);
    else if (error.exitCode === undefined) throw error;
    else console.error(`Set-up stopped: ${error.message}.`);
    process.exitCode = error.exitCode ?? 1;
  }
}

/** Asked again under the lock: whoever held it may have done the work. */
function setUp() {
  if (needsInstall()) {
    requireBuildTools(path.join(root, 'package-lock.json'));
    console.log('Installing dependencies (npm ci) …');
    npm('ci', '--include=dev', '--no-audit', '--no-fund');
    requireCompiled(root);
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
  const inputs = ['package.json', 'package-lock.json', 'tsconfig.json', 'src', 'console'].map((name) =>
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
  const headers = headersFolder();
  if (headers !== undefined) inner.npm_config_nodedir ??= headers;
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

function readText(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
