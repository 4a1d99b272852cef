import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { clientConfig, sessionSettings, type Address } from './address';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;
const ANSWER_MS = 10_000;
/** Between two messages of this host: at most so late does another one hear of work, its polling aside. */
const GATHER_MS = 20;

/**
 * Tells the other hosts of one database which tasks got work and that shared values changed, and hears it from them. Messages are hints: they go over
 * a connection of their own after the commit, gathered, since a NOTIFY inside it would make all commits of all hosts wait
 * for one another. While the connection is gone nothing is told or heard.
 *
 *   closed ◀──stop── connecting ──▶ listening ──broken──▶ waiting (0.25 s, doubling to 10 s) ──▶ connecting
 */
export class WorkMessages {
  readonly #channel: string;
  /** One of its own: hosts of the version before do not listen there. */
  readonly #sharedChannel: string;
  /** A host hears itself as well; its own are passed over. */
  readonly #origin = randomBytes(6).toString('hex');
  readonly #listeners: ((taskId: number) => void)[] = [];
  readonly #sharedListeners: (() => void)[] = [];
  readonly #gathered = new Set<number>();
  #isSharedTold = true;
  #client: Client | undefined;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #sendTimer: NodeJS.Timeout | undefined;
  #broke: (() => void) | undefined;
  #isStopped = false;

  constructor(private readonly address: Address) {
    this.#channel = `${address.schema}_work`;
    this.#sharedChannel = `${address.schema}_shared`;
  }

  onWork(listener: (taskId: number) => void): void {
    this.#listeners.push(listener);
  }
  onShared(listener: () => void): void {
    this.#sharedListeners.push(listener);
  }

  /** Resolves once it listens, or the first try failed: it goes on trying then. */
  async start(): Promise<void> {
    await this.#connect();
  }

  tell(taskIds: Iterable<number>): void {
    for (const id of taskIds) this.#gathered.add(id);
    const isNothing = this.#gathered.size === 0 && this.#isSharedTold;
    if (isNothing || this.#sendTimer !== undefined || this.#isStopped) return;
    this.#sendTimer = setTimeout(() => void this.#send(), GATHER_MS).unref();
  }
  tellShared(): void {
    this.#isSharedTold = false;
    this.tell([]);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#sendTimer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #send(): Promise<void> {
    const payloads = [...this.#gathered].map((id) => `${id} ${this.#origin}`);
    const channels = payloads.map(() => this.#channel);
    if (!this.#isSharedTold) {
      payloads.push(this.#origin);
      channels.push(this.#sharedChannel);
    }
    this.#gathered.clear();
    this.#isSharedTold = true;
    try {
      await this.#client?.query('SELECT pg_notify(c, p) FROM unnest($1::text[], $2::text[]) AS m(c, p)', [
        channels,
        payloads,
      ]);
    } catch {
      this.#broke?.();
    }
    this.#sendTimer = undefined;
    this.tell([]); // what was gathered meanwhile
  }

  async #connect(): Promise<void> {
    const client = new Client({ ...clientConfig(this.address), query_timeout: ANSWER_MS });
    let isBroken = false;
    const broke = () => {
      if (isBroken) return;
      isBroken = true;
      if (this.#client === client) this.#client = undefined;
      client.end().catch(() => {});
      this.#later();
    };
    client.on('error', broke).on('end', broke);
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === this.#channel) this.#heard(payload);
      else this.#heardShared(payload);
    });
    try {
      await client.connect();
      // A lost hint is found by polling: its commit need not wait for the disk.
      await client.query(`${sessionSettings(this.address)}; SET synchronous_commit TO off`);
      await client.query(`LISTEN "${this.#channel}"; LISTEN "${this.#sharedChannel}"`);
    } catch {
      broke();
      return;
    }
    if (this.#isStopped) {
      await client.end().catch(() => {});
      return;
    }
    this.#client = client;
    this.#broke = broke;
    this.#retryMs = FIRST_RETRY_MS;
  }

  #later(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#connect(), this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #heard(payload: string): void {
    const [id, origin] = payload.split(' ');
    if (origin === this.#origin) return;
    for (const listener of this.#listeners) listener(Number(id));
  }

  #heardShared(origin: string): void {
    if (origin === this.#origin) return;
    for (const listener of this.#sharedListeners) listener();
  }
}
