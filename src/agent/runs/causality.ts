import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock';
import type { DocumentStore } from '../../core/documents';
import type { Exchange } from '../../core/exchange';
import { ECHOES } from './run-record';

/** How long what a run wrote elsewhere is known again. */
const REMEMBERED_MS = 3_600_000;
/** Shorter texts, addresses and names say nothing of where they are from. */
const LEAST_CHARACTERS = 24;
const LEAST_WORDS = 5;
const MOST_TEXTS = 500;
const MOST_BYTES = 1024 ** 2;
/** Of what is known of other hosts' runs. */
const FRESH_MS = 1_000;
const MARK = /gw-([0-9a-z]{1,2})-([0-9a-f]{16})-([0-9a-f]{32})/g;

interface Echo {
  readonly depth: number;
  readonly at: number;
  readonly digests: readonly string[];
}

/**
 * Knows what runs caused: by a mark that tools were given and put into what they wrote, or by the very text they were given to
 * write. Both come back in the request of a webhook that the run's own doing set off.
 */
export class Causality {
  #known = new Map<string, number>();
  #readAt = -Infinity;

  constructor(
    private readonly store: DocumentStore,
    private readonly clock: Clock,
    /** 32 bytes; the same on all hosts of a database. */
    private readonly key: () => Buffer,
  ) {}

  /** A mark for what a run of this depth causes; nobody else can make one. */
  mark(depth: number): string {
    const head = `${depth.toString(36)}-${randomBytes(8).toString('hex')}`;
    return `gw-${head}-${this.#seal(head)}`;
  }

  /** The depth of the deepest run that caused this request; 0 where none did. @throws inbox/unavailable */
  async depthOf(exchange: Exchange): Promise<number> {
    const text = `${exchange.url}\n${[...exchange.headers].map(([, value]) => value).join('\n')}\n${bodyOf(exchange)}`;
    const marked = [...text.matchAll(MARK)].map((found) => this.#depthIn(found));
    const known = await this.#echoes();
    const echoed = textsIn(exchange).map((one) => known.get(digestOf(one)) ?? 0);
    return Math.max(0, ...marked, ...echoed);
  }

  /** The same of what is handed on without the request it came with: an event's data, a tool's cause. @throws inbox/unavailable */
  async depthIn(value: unknown): Promise<number> {
    const texts = textsOf(value);
    const known = await this.#echoes();
    const marked = texts.flatMap((text) => [...text.matchAll(MARK)].map((found) => this.#depthIn(found)));
    return Math.max(0, ...marked, ...texts.map((text) => known.get(digestOf(text)) ?? 0));
  }

  /** Remembers what a run gave a tool to write, or said itself. */
  async wrote(depth: number, value: unknown): Promise<void> {
    const digests = [...new Set(textsOf(value).filter(isProse).map(digestOf))];
    if (digests.length === 0) return;
    await this.store.create(ECHOES, { depth, at: this.clock.now(), digests } satisfies Echo);
    this.#readAt = -Infinity;
  }

  async #echoes(): Promise<ReadonlyMap<string, number>> {
    const now = this.clock.now();
    if (now - this.#readAt < FRESH_MS) return this.#known;
    const where = { at: { gte: now - REMEMBERED_MS } };
    const { documents } = await this.store.query<Echo>(ECHOES, { where, order: '-at', limit: 1_000 });
    const known = new Map<string, number>();
    for (const { data } of documents)
      for (const digest of data.digests) known.set(digest, Math.max(data.depth, known.get(digest) ?? 0));
    this.#known = known;
    this.#readAt = now;
    return known;
  }

  #depthIn([, depth = '', random = '', given = '']: RegExpMatchArray): number {
    const expected = Buffer.from(this.#seal(`${depth}-${random}`));
    return timingSafeEqual(expected, Buffer.from(given)) ? Number.parseInt(depth, 36) : 0;
  }
  #seal(head: string): string {
    return createHmac('sha256', this.key()).update(`cause ${head}`).digest('hex').slice(0, 32);
  }
}

function bodyOf(exchange: Exchange): string {
  try {
    return exchange.raw.subarray(0, MOST_BYTES).toString('utf8');
  } catch {
    return ''; // a stream, or a form on disk: only its head is looked at
  }
}

function textsIn(exchange: Exchange): string[] {
  try {
    if (exchange.raw.length > MOST_BYTES) return [];
    return textsOf([exchange.json(), exchange.query]);
  } catch {
    return textsOf(exchange.query);
  }
}

/** The texts in a value, as they are compared: trimmed, white space as one blank. */
function textsOf(value: unknown): string[] {
  const found: string[] = [];
  const open: unknown[] = [value];
  for (let seen = 0; open.length > 0 && seen < 20_000 && found.length < MOST_TEXTS; seen += 1) {
    const next = open.pop();
    if (typeof next === 'string') {
      const text = next.trim().replace(/\s+/g, ' ');
      if (text.length >= LEAST_CHARACTERS) found.push(text);
    } else if (typeof next === 'object' && next !== null) open.push(...Object.values(next).slice(0, 1_000));
  }
  return found;
}

const isProse = (text: string) => text.split(' ').length >= LEAST_WORDS;
const digestOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22);
