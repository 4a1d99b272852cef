import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostError } from '../core/errors';
import type { HostName, HostReport, Hosts } from '../core/ports/hosts';
import type { NodeStatus } from '../core/ports/inbox-desk';
import type { Committer } from './committer';
import { beat, farewell, NODE_BEAT_MS, readNodes, type HostNode, type Said } from './nodes';
import type { Store } from './store';

export interface NodeIdentity {
  /** New with each start. */
  readonly id: string;
  /** Where its operator API answers; asked with each beat. */
  url(): string;
  /** How its plugins are; asked with each beat. */
  plugins?(): NodeStatus['plugins'];
}

/** Between looks for what others said, while somebody waits for it. */
const HEAR_MS = 150;
const ADDRESS_MS = 100;
/** What was said is asked for within seconds. */
const SAID_MS = 300_000;
/** Of all that a host says at once, the oldest left out: its row is written with each beat. */
const SAID_CHARACTERS = 262_144;

/** This host among those of one store: it says that it is there while it lives, and is struck out when it stops. */
export class NodeList implements Hosts {
  readonly isAlone: boolean;
  readonly #startedAt: number;
  readonly #said = new Map<string, Said & { readonly at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #state: 'starting' | 'serving' | 'stopping' = 'starting';
  /** Beats follow one another: an older one must not overwrite a newer. */
  #beating: Promise<void> | undefined;
  #isStale = false;

  constructor(
    private readonly store: Store,
    private readonly committer: Committer,
    private readonly node: NodeIdentity,
  ) {
    this.#startedAt = store.now();
    this.isAlone = store.kind === 'sqlite';
  }

  get self(): HostName {
    return { node: this.node.id, url: this.node.url() };
  }

  /** @throws inbox/unavailable */
  async start(): Promise<void> {
    this.#state = 'serving';
    await this.#beat();
    // A beat that is not stored is missed; the next one says the same.
    this.#timer = setInterval(() => this.#soon(), NODE_BEAT_MS);
  }
  /** Others need not wait for it any more. */
  leave(): void {
    if (this.#state !== 'serving') return;
    this.#state = 'stopping';
    this.#soon();
  }
  /** Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#beating?.catch(() => undefined);
    const command = farewell(this.store.reader, this.node.id);
    await this.committer.submit({ commands: [command] }, 'must').catch(() => undefined);
  }

  say(topic: string, revision: number, text: string): void {
    if (this.isAlone || (this.#said.get(topic)?.revision ?? 0) > revision) return;
    this.#said.delete(topic); // the newest comes last
    this.#said.set(topic, { revision, text, at: performance.now() });
    if (this.#timer !== undefined) this.#soon();
  }

  async hear(topic: string, revision: number, withinMs: number): Promise<readonly HostReport[]> {
    if (this.isAlone) return [];
    const end = performance.now() + withinMs;
    let asked: readonly HostNode[] | undefined;
    for (;;) {
      const nodes = await readNodes(this.store).catch((cause: unknown) => {
        // Who is there was never known: that must not pass for nobody.
        if (asked === undefined && performance.now() >= end)
          throw new HostError('inbox/unavailable', [], { cause });
        return undefined;
      });
      const others = nodes?.filter(({ id, state }) => id !== this.node.id && state !== 'stopping');
      asked ??= others;
      const heard = (id: string) => {
        const said = nodes?.find((node) => node.id === id)?.said[topic];
        return said !== undefined && said.revision >= revision ? said.text : undefined;
      };
      // Of one that is gone nothing more will be heard.
      const isOver = others?.every(
        ({ id }) => !asked?.some((one) => one.id === id) || heard(id) !== undefined,
      );
      if (isOver === true || (asked !== undefined && performance.now() >= end))
        return (asked ?? []).map(({ id, url }) => ({ node: id, url, text: heard(id) }));
      await sleep(HEAR_MS);
    }
  }

  #soon(): void {
    this.#beat().catch(() => undefined);
  }

  async #beat(): Promise<void> {
    if (this.#beating !== undefined) {
      this.#isStale = true;
      return this.#beating;
    }
    this.#beating = this.#write();
    try {
      await this.#beating;
    } finally {
      this.#beating = undefined;
      if (this.#isStale && this.#timer !== undefined) this.#soon();
      this.#isStale = false;
    }
  }

  async #write(): Promise<void> {
    const node = {
      id: this.node.id,
      url: this.node.url(),
      pid: process.pid,
      host: hostname(),
      startedAt: this.#startedAt,
      state: this.#state === 'stopping' ? ('stopping' as const) : ('serving' as const),
      plugins: this.node.plugins?.() ?? {},
      said: this.#recent(),
    };
    await this.committer.submit({ commands: [beat(this.store.reader, node, this.store.now())] }, 'must');
    // It works before it listens; the others hear of its address once it does.
    if (node.url === '') setTimeout(() => this.#timer !== undefined && this.#soon(), ADDRESS_MS).unref();
  }

  #recent(): Record<string, Said> {
    const oldest = performance.now() - SAID_MS;
    const recent: Record<string, Said> = {};
    let characters = 0;
    for (const [topic, { at, ...said }] of [...this.#said].reverse()) {
      characters += topic.length + said.text.length;
      if (at < oldest || characters > SAID_CHARACTERS) this.#said.delete(topic);
      else recent[topic] = said;
    }
    return recent;
  }
}
