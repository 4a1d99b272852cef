import { randomBytes } from 'node:crypto';

/** When and whence a request first came. */
export interface FirstArrival {
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly ip: string;
}

/** Under it a host gives itself a refused request once more; its value is a ticket of `RefusalReplays`. */
export const REPLAY_HEADER = 'x-gatehouse-replay';

/**
 * Refused requests that this process is giving itself once more: they are judged as of when they first came. A ticket is 256
 * random bits, known to nobody else, and counts until it is given back.
 */
export class RefusalReplays {
  readonly #open = new Map<string, FirstArrival>();

  open(first: FirstArrival): string {
    const ticket = randomBytes(32).toString('base64url');
    this.#open.set(ticket, first);
    return ticket;
  }
  close(ticket: string): void {
    this.#open.delete(ticket);
  }
  /** Undefined for whatever is no open ticket. */
  find(ticket: unknown): FirstArrival | undefined {
    return typeof ticket === 'string' ? this.#open.get(ticket) : undefined;
  }
}
