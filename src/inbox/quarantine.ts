import type { Logger } from 'winston';
import { credentialPlaces, type CredentialPlaces } from '../core/access-credentials';
import { toError } from '../core/errors';
import type { MountTable } from '../core/mount-table';
import { endpointNamed } from '../core/named-endpoint';
import type { Quarantine, RefusedRequest } from '../core/ports/quarantine';
import type { Sealer } from '../core/ports/sealer';
import type { Committer } from './committer';
import { QuarantineBounds, type QuarantineSettings } from './quarantine-bounds';
import { QuarantineRing, type Waiting } from './quarantine-ring';
import { packRefusal } from './quarantine-rows';
import type { Store } from './store';

export interface QuarantineParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly table: MountTable;
  readonly sealer: Sealer;
  readonly settings: QuarantineSettings;
  readonly logger: Logger;
}

/** Between two batches: a flood costs the store no more than one small commit of that often. */
const FLUSH_MS = 200;
const BATCH_REQUESTS = 32;
const BATCH_BYTES = 512 * 1024;
/** While more than that waits to be stored, refused requests wait, too: senders go first. */
const MOST_QUEUED = 64;
/** After the store failed. */
const PATIENCE_MS = 5_000;
/** Between two lines about requests that were dropped. */
const TELL_MS = 60_000;
const NO_PLACES = credentialPlaces();

/**
 * Keeps refused requests: in a ring at first, whatever comes, and from there in the store, in small batches, when nobody
 * else has much to store. What finds no room in the ring is dropped and counted.
 *
 *   idle ──refused──▶ due (200 ms) ──▶ one batch in flight, then what is over the bounds goes ──▶ idle, or due when more waits
 */
export class StoredQuarantine implements Quarantine {
  readonly #ring = new QuarantineRing();
  readonly #bounds: QuarantineBounds;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #isStopped = false;
  #toldAt = -TELL_MS;
  #told = 0;

  constructor(private readonly parts: QuarantineParts) {
    this.#bounds = new QuarantineBounds(parts.store, parts.committer, parts.settings);
  }

  /** How many were not kept since the start. */
  get dropped(): number {
    return this.#ring.dropped;
  }
  /** Bytes of what waits to be stored. */
  get waitingBytes(): number {
    return this.#ring.bytes;
  }

  refused(refused: RefusedRequest): void {
    if (this.#isStopped || this.parts.settings.maxCount === 0) return;
    try {
      this.#ring.add(refused);
      this.#arm();
    } catch {
      // Whoever refuses has an answer to write.
      this.#ring.lost(1);
    }
  }

  /** Some were removed by an operator. */
  purged(): void {
    this.#bounds.recount();
  }

  /** Stores what waits, at once. Never rejects. */
  async flushed(): Promise<void> {
    while (!this.#ring.isEmpty) await this.#flush();
    await this.#flushing;
  }

  /** Takes no more, and stores what waits. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.flushed();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isBusy()) this.#arm();
      else
        void this.#flush().then(() => {
          if (!this.#ring.isEmpty) this.#arm();
        });
    }, FLUSH_MS);
    this.#timer.unref();
  }

  #isBusy(): boolean {
    const { committer, store } = this.parts;
    const { failedAt, queued } = committer;
    return (
      this.#flushing !== undefined ||
      queued > MOST_QUEUED ||
      (failedAt !== undefined && store.now() - failedAt < PATIENCE_MS)
    );
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#storeBatch().finally(() => (this.#flushing = undefined));
    return this.#flushing;
  }

  async #storeBatch(): Promise<void> {
    const batch = this.#ring.take(BATCH_REQUESTS, BATCH_BYTES);
    try {
      await this.#insert(batch);
    } catch (thrown) {
      this.#ring.lost(batch.length);
      this.parts.logger.debug(`refused requests could not be kept: ${toError(thrown).message}`);
    }
    try {
      while (await this.#bounds.trim());
    } catch (thrown) {
      this.parts.logger.debug(`the quarantine could not be kept within bounds: ${toError(thrown).message}`);
    }
    this.#tellDropped();
  }

  async #insert(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const { store, committer, sealer } = this.parts;
    const rows = batch.map((one) => packRefusal(one, this.#placesOf(one.refused), sealer));
    // A statement each: its text is the same every time, so it is prepared once.
    const statements = rows.map((row) => store.reader.insertInto('refusal').values(row).compile());
    const [result] = (await committer.submit({ commands: [{ statements }] }, 'spare')).commands;
    if (result?.ok === false) throw result.error;
    this.#bounds.added(
      rows.length,
      rows.reduce((sum, { weight }) => sum + weight, 0),
    );
  }

  #placesOf({ plugin, method, path }: RefusedRequest): CredentialPlaces {
    const endpoints = this.parts.table.get(plugin)?.live?.mount.endpoints ?? [];
    const endpoint = endpointNamed(endpoints, method, path);
    return endpoint === undefined ? NO_PLACES : credentialPlaces(endpoint.access);
  }

  #tellDropped(): void {
    const now = performance.now();
    if (this.dropped === this.#told || now - this.#toldAt < TELL_MS) return;
    this.parts.logger.warn(`${this.dropped - this.#told} refused requests were not kept: too many came`);
    [this.#toldAt, this.#told] = [now, this.dropped];
  }
}
