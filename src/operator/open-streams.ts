import { HostError } from '../core/errors';
import type { Identity } from '../core/ports/operator-auth';

/** Of one holder of a token, and of the same one at the console. */
const MOST_STREAMS = 50;

/** Counts the streams of events that are open, by whom they are for: each holds a connection and what follows it. */
export class OpenStreams {
  readonly #open = new Map<string, number>();

  /** To be called when the stream ends: what is answered. @throws operator/too-many-streams */
  enter({ name, via }: Identity): () => void {
    const slot = `${via ?? ''} ${name}`;
    const count = this.#open.get(slot) ?? 0;
    if (count >= MOST_STREAMS) throw new HostError('operator/too-many-streams', [MOST_STREAMS, name]);
    this.#open.set(slot, count + 1);
    return () => {
      const left = (this.#open.get(slot) ?? 0) - 1;
      if (left > 0) this.#open.set(slot, left);
      else this.#open.delete(slot);
    };
  }
}
