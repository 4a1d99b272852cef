import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = path.resolve(__dirname, '../..');
const main = path.join(root, 'dist/main.js');
const readyMs = 30_000;

/** A host in a process of its own, as an operator runs it: `node dist/main.js serve`. */
export interface ProcessHost {
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly base: string;
  readonly port: number;
  /** The environment the host was started with: give it to commands that should find this host. */
  readonly env: NodeJS.ProcessEnv;
  /** Everything printed so far, both streams. */
  log(): string;
  /** Resolves once the log matches; rejects with the log when it does not in time. */
  logged(pattern: RegExp): Promise<void>;
  /** One call of the operator API with its token, e.g. `('POST', 'plugins/example.hello/reload')`. */
  operator(method: string, verb: string): Promise<{ status: number; body: any }>;
  /** Any signal, at once; a host that was killed still has to be stopped, for its data folder. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then the exit code once the process is gone. The data folder is removed. */
  stop(): Promise<number | null>;
}

export interface ProcessHostOptions {
  /** Plugins folders, absolute. */
  readonly plugins: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const operatorToken = 'operator-token-of-a-test-0123456789';

/** Starts the built host on a free port with an empty data folder; resolves once `/readyz` answers 200. */
export async function startProcessHost(options: ProcessHostOptions): Promise<ProcessHost> {
  if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first`);
  const port = await freePort();
  const data = mkdtempSync(path.join(tmpdir(), 'gatehouse-data-'));
  const env: NodeJS.ProcessEnv = {
    ...withoutOurs(process.env),
    GATEHOUSE_PORT: String(port),
    GATEHOUSE_HOST: '127.0.0.1',
    GATEHOUSE_PLUGINS: options.plugins.join(':'),
    GATEHOUSE_DATA: data,
    GATEHOUSE_OPERATOR_TOKEN: operatorToken,
    ...options.env,
  };
  const child = spawn(process.execPath, [main, 'serve'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const base = `http://127.0.0.1:${port}`;
  const until = async (what: string, holds: () => Promise<boolean> | boolean) => {
    const deadline = Date.now() + readyMs;
    while (!(await holds())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error(`the host ${what}; it printed:\n${log.slice(-4_000)}`);
      }
      await sleep(50);
    }
  };
  await until('did not become ready', () => isReady(base));
  return {
    base,
    port,
    env,
    log: () => log,
    logged: (pattern) => until(`never printed ${String(pattern)}`, () => pattern.test(log)),
    operator: async (method, verb) => {
      const headers = { authorization: `Bearer ${operatorToken}` };
      const response = await fetch(`${base}/api/operator/${verb}`, { method, headers });
      return { status: response.status, body: await response.json() };
    },
    signal: (name) => void child.kill(name),
    stop: async () => {
      const code = await ended(child, 'SIGTERM');
      rmSync(data, { recursive: true, force: true });
      return code;
    },
  };
}

async function isReady(base: string): Promise<boolean> {
  try {
    return (await fetch(`${base}/readyz`)).ok;
  } catch {
    return false;
  }
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    // A host that does not stop is a failure (exit code null), not a process left behind.
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.once('exit', (code) => {
      clearTimeout(late);
      resolve(code);
    });
    child.kill(signal);
  });
}

/** The caller's own settings, and the test runner's, must not reach a host under test. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string) => name.startsWith('GATEHOUSE_') || name === 'NODE_ENV';
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOurs(name)));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
