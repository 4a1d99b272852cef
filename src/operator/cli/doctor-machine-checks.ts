import { constants, existsSync } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Inspection } from '../../core/ports/inspection';
import type { Settings } from '../../core/settings';
import { satisfies } from 'semver';
import { readEngines } from '../version';
import { fail, looked, pass, warn, type Check } from './doctor-check';

const MIB = 1024 ** 2;
/** A host that cannot store answers 503. */
const LEAST_BYTES = 100 * MIB;
const FEW_BYTES = 1024 * MIB;
/** Senders' signatures are fresh for minutes. */
const CLOCK_WARN_MS = 5_000;
const CLOCK_FAIL_MS = 60_000;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const ASK_MS = 5_000;

export function checkNode(version = process.versions.node): Check {
  const { node } = readEngines();
  if (satisfies(version, node)) return pass('node', `Node ${version}`);
  return fail('node', `Node ${version}; ${node} is needed`, 'install it, and start the host with it');
}

export function checkData({ data }: Settings): Promise<Check> {
  return looked('data', async () => {
    if (!existsSync(data)) {
      const parent = nearest(data);
      await access(parent, constants.W_OK);
      return pass('data', `${data} is made by the first start`);
    }
    if (!(await stat(data)).isDirectory())
      return fail('data', `${data} is no folder`, 'name another with --data');
    try {
      await access(data, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return fail('data', `${data} cannot be written`, 'give it to the user the host runs as (chown)');
    }
    return pass('data', data);
  });
}

export function checkDisk({ data }: Settings): Promise<Check> {
  return looked('disk', async () => {
    const { bavail, bsize } = await statfs(nearest(data));
    const free = bavail * bsize;
    const told = `${Math.floor(free / MIB).toLocaleString('en-US')} MiB are free for ${data}`;
    const next = 'make room, or keep less (retention.*)';
    if (free < LEAST_BYTES) return fail('disk', told, next);
    return free < FEW_BYTES ? warn('disk', told, next) : pass('disk', told);
  });
}

export function checkMasterKey(settings: Settings, { masterKey }: Inspection): Promise<Check> {
  return looked('master key', () => {
    const { where, exists } = masterKey(settings);
    return pass('master key', exists ? `in ${where}` : `the first start makes ${where}`);
  });
}

/** The store, and its clock where it has one of its own. */
export async function checkStore(settings: Settings, { store }: Inspection): Promise<readonly Check[]> {
  let clockAheadMs: number | undefined;
  const check = await looked('store', async () => {
    const { kind, where, state, clockAheadMs: ahead } = await store(settings);
    clockAheadMs = ahead;
    const name = `${kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'}, ${where}`;
    if (state === 'newer')
      return warn('store', `${name}: a newer Gatehouse changed its tables`, 'bring this host up to date');
    return pass('store', `${name}: ${STATES[state]}`);
  });
  return clockAheadMs === undefined ? [check] : [check, checkClock(clockAheadMs)];
}

const STATES = {
  absent: 'the first start makes its tables',
  current: 'its tables are up to date',
  older: 'the next start brings its tables up to date',
} as const;

function checkClock(aheadMs: number): Check {
  const away = Math.abs(aheadMs);
  const told = `the store's clock is ${Math.round(away)} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  const next = 'set both by the same time service (NTP): signatures are judged by the clock';
  if (away >= CLOCK_FAIL_MS) return fail('clock', told, next);
  return away >= CLOCK_WARN_MS ? warn('clock', told, next) : pass('clock', told);
}

/** Free, or held by the host that runs here. */
export function checkPort({ host, port }: Settings, isRunning: boolean): Promise<Check> {
  return looked('port', async () => {
    const at = `${host}:${port}`;
    if (port === 0) return pass('port', 'a free one is taken');
    const fault = await listening(host, port);
    if (fault === undefined)
      return isRunning
        ? warn('port', `${at} is free, though a host runs here`, 'start it anew: its settings have changed')
        : pass('port', `${at} is free`);
    if (fault !== 'EADDRINUSE')
      return fail(
        'port',
        `${at} cannot be listened on (${fault})`,
        'choose another address with --host and --port',
      );
    if (isRunning && (await answers(`http://${LOOPBACK.has(host) ? hostOf(host) : '127.0.0.1'}:${port}`)))
      return pass('port', `${at} is held by the host that runs here`);
    return fail('port', `${at} is held by something else`, 'stop that, or choose another port with --port');
  });
}

export function checkExposure({ host, publicUrl, trustProxy }: Settings): Check {
  if (LOOPBACK.has(host)) return pass('exposure', `${host}: only this machine reaches it directly`);
  if (publicUrl?.startsWith('https:') === true && trustProxy !== false)
    return pass('exposure', `${host}, behind a proxy that speaks TLS (${publicUrl})`);
  const lack =
    publicUrl?.startsWith('https:') === true ? 'trustProxy is not set' : 'publicUrl is no https address';
  return warn(
    'exposure',
    `${host}: others reach it, and ${lack}`,
    'put a proxy with TLS before it and set publicUrl and trustProxy, or listen on 127.0.0.1',
  );
}

export function checkPublicUrl({ publicUrl }: Settings, isRunning: boolean): Promise<Check> {
  return looked('public URL', async () => {
    if (publicUrl === undefined)
      return warn(
        'public URL',
        'it is not set: addresses are told without it',
        'set publicUrl to where senders reach you',
      );
    if (!isRunning) return pass('public URL', `${publicUrl} (not asked: no host runs here)`);
    if (await answers(publicUrl)) return pass('public URL', `${publicUrl} leads here`);
    return fail(
      'public URL',
      `${publicUrl}/healthz does not answer 200`,
      'look at the proxy, its path prefix and DNS',
    );
  });
}

async function answers(base: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`${base}/healthz`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ASK_MS),
    });
    return ok;
  } catch {
    return false;
  }
}

const hostOf = (host: string) => (host.includes(':') ? `[${host}]` : host);

/** The code of what goes wrong; undefined when it can be listened on. */
function listening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(path.dirname(folder));
}
