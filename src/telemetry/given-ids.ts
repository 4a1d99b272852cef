import { randomBytes } from 'node:crypto';

/** Gives spans the ids that are already known of them; the SDK asks for them while it begins a span, and at no other time. */
export class GivenIds {
  #traceId: string | undefined;
  #spanId: string | undefined;

  /** For the one span that `begin` begins; what is left out is made up. */
  during<T>(ids: { readonly traceId: string; readonly spanId: string | undefined }, begin: () => T): T {
    this.#traceId = ids.traceId;
    this.#spanId = ids.spanId;
    try {
      return begin();
    } finally {
      this.#traceId = this.#spanId = undefined;
    }
  }

  readonly generateTraceId = (): string => this.#traceId ?? randomBytes(16).toString('hex');
  readonly generateSpanId = (): string => this.#spanId ?? randomBytes(8).toString('hex');
}
