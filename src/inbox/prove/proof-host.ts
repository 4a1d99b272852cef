import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostError } from '../../core/errors';

const READY_MS = 60_000;
const STOP_MS = 20_000;
const POLL_MS = 20;

/** One host process that is killed and started again, on the same port and data folder. */
export class ProofHost {
  #child: ChildProcess | undefined;
  /** Epoch ms; undefined once it acknowledged again. */
  killedAt: number | undefined;
  readonly base: string;

  private constructor(
    private readonly command: readonly string[],
    private readonly env: NodeJS.ProcessEnv,
    private readonly log: string,
    readonly port: number,
  ) {
    this.base = `http://127.0.0.1:${port}`;
  }

  /** A host that does not run yet; its data and log lie in `folder`. `command` starts `gatehouse`. */
  static async create(
    command: readonly string[],
    folder: string,
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<ProofHost> {
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const own = { GATEHOUSE_PORT: String(port), GATEHOUSE_DATA: path.join(folder, 'data') };
    return new ProofHost(command, { ...env, ...own }, path.join(folder, 'log'), port);
  }

  /** Starts it; `ready` says when it serves. */
  start(): void {
    const log = openSync(this.log, 'a');
    const [program = '', ...args] = this.command;
    this.#child = spawn(program, [...args, 'serve'], { env: this.env, stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /** Resolves once it is ready for traffic. @throws prove/failed-to-start with the end of its log */
  async ready(): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (!(await this.#answers())) {
      if (this.#child?.exitCode !== null || Date.now() > deadline)
        throw new HostError('prove/failed-to-start', [readFileSync(this.log, 'utf8').slice(-2_000)]);
      await sleep(POLL_MS);
    }
  }

  /** SIGKILL; resolves once the process is gone. */
  async kill(): Promise<void> {
    this.killedAt ??= Date.now();
    await this.#end('SIGKILL');
  }

  /** SIGTERM; true when it ended with 0 in time. */
  async stop(): Promise<boolean> {
    const child = this.#child;
    const timer = setTimeout(() => child?.kill('SIGKILL'), STOP_MS);
    await this.#end('SIGTERM');
    clearTimeout(timer);
    return child === undefined || child.exitCode === 0;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.base}/readyz`)).ok;
    } catch {
      return false;
    }
  }
}

/** The operator's own settings are not the proof's. */
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
