import type { RefusedRequest } from '../core/ports/quarantine';

/** Of what waits to be stored; beyond it requests are dropped. */
const MOST_REQUESTS = 256;
const MOST_BYTES = 16 * 1024 ** 2;
/** A larger body is not kept, only its length. */
const LARGEST_BODY_BYTES = 4 * 1024 ** 2;
/** Of a request beside its body and headers, about. */
const ROW_BYTES = 512;
/** Beyond twice its own size a slice is copied: it would keep the whole memory it was cut from. */
const SLACK_BYTES = 16_384;

/** A refused request that waits to be stored. */
export interface Waiting {
  readonly refused: RefusedRequest;
  readonly endpoint: string;
  /** Of the whole body, kept or not. */
  readonly bodyBytes: number | undefined;
  /** About how many bytes it takes. */
  readonly weight: number;
}

/**
 * The refused requests that are not stored yet, bounded by count and bytes. When there is no room, the endpoint that takes
 * most of it loses its oldest: a flood at one address does not push out what was refused at another.
 */
export class QuarantineRing {
  #waiting: Waiting[] = [];
  #bytes = 0;
  readonly #ofEndpoint = new Map<string, number>();
  #dropped = 0;

  /** How many were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }
  get bytes(): number {
    return this.#bytes;
  }

  add(refused: RefusedRequest): void {
    const one = waitingOf(refused);
    this.#waiting.push(one);
    this.#count(one, 1);
    while (this.#waiting.length > MOST_REQUESTS || this.#bytes > MOST_BYTES) {
      const busiest = this.#busiest();
      const [victim] = this.#waiting.splice(
        this.#waiting.findIndex(({ endpoint }) => endpoint === busiest),
        1,
      );
      if (victim === undefined) return;
      this.#count(victim, -1);
      this.#dropped += 1;
    }
  }

  /** The oldest ones, at least one where there is any. */
  take(most: number, mostBytes: number): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { weight } of this.#waiting) {
      if (count === most || (count > 0 && bytes + weight > mostBytes)) break;
      count += 1;
      bytes += weight;
    }
    const taken = this.#waiting.splice(0, count);
    for (const one of taken) this.#count(one, -1);
    return taken;
  }

  /** These could not be kept. */
  lost(count: number): void {
    this.#dropped += count;
  }

  #count({ endpoint, weight }: Waiting, sign: 1 | -1): void {
    this.#bytes += sign * weight;
    const bytes = (this.#ofEndpoint.get(endpoint) ?? 0) + sign * weight;
    if (bytes > 0) this.#ofEndpoint.set(endpoint, bytes);
    else this.#ofEndpoint.delete(endpoint);
  }

  #busiest(): string {
    let [busiest, most] = ['', 0];
    for (const [endpoint, bytes] of this.#ofEndpoint) if (bytes > most) [busiest, most] = [endpoint, bytes];
    return busiest;
  }
}

function waitingOf(refused: RefusedRequest): Waiting {
  const { wire, headers, target } = refused.request;
  const kept = wire === undefined || wire.length > LARGEST_BODY_BYTES ? undefined : compact(wire);
  const texts = headers.reduce((sum, text) => sum + text.length, target.length);
  return {
    refused: { ...refused, request: { ...refused.request, wire: kept } },
    endpoint: `${refused.plugin} ${refused.method} ${refused.path}`,
    bodyBytes: wire?.length,
    weight: ROW_BYTES + texts + (kept?.length ?? 0),
  };
}

function compact(bytes: Buffer): Buffer {
  return bytes.buffer.byteLength > 2 * bytes.length + SLACK_BYTES ? Buffer.from(bytes) : bytes;
}
