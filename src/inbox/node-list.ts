import { hostname } from 'node:os';
import type { Committer } from './committer';
import { beat, farewell, NODE_BEAT_MS } from './nodes';
import type { Store } from './store';

export interface NodeIdentity {
  /** New with each start. */
  readonly id: string;
  /** Where its operator API answers; asked with each beat. */
  url(): string;
}

/** This host among those of one store: it says that it is there while it lives, and is struck out when it stops. */
export class NodeList {
  #timer: NodeJS.Timeout | undefined;
  readonly #startedAt: number;

  constructor(
    private readonly store: Store,
    private readonly committer: Committer,
    private readonly node: NodeIdentity,
  ) {
    this.#startedAt = store.now();
  }

  /** @throws inbox/unavailable */
  async start(): Promise<void> {
    await this.#beat();
    // A beat that is not stored is missed; the next one says the same.
    this.#timer = setInterval(() => void this.#beat().catch(() => undefined), NODE_BEAT_MS);
  }
  /** Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const command = farewell(this.store.reader, this.node.id);
    await this.committer.submit({ commands: [command] }, 'must').catch(() => undefined);
  }

  async #beat(): Promise<void> {
    const node = {
      id: this.node.id,
      url: this.node.url(),
      pid: process.pid,
      host: hostname(),
      startedAt: this.#startedAt,
    };
    await this.committer.submit({ commands: [beat(this.store.reader, node, this.store.now())] }, 'must');
  }
}
