import { callFor } from '../core/actor';
import type { UploadProgress } from '../core/exchange';
import type { LiveExchange } from './exchange';
import { isThenable } from './awaited';
import { accountOf } from './problem';
import { nameOf } from './target';

const PERIOD_MS = 100;

/**
 * Tells an endpoint that asks for it how far a form has come: bytes as they arrive, at most every 100 ms, and once all of
 * them when the last is there. What it throws is logged and ends the telling, not the upload.
 */
export class UploadMeter {
  #received = 0;
  #toldAt = -Infinity;
  readonly #total: number | undefined;

  private constructor(readonly exchange: LiveExchange) {
    const length = exchange.request.headers['content-length'];
    this.#total = length === undefined ? undefined : Number(length);
  }

  /** Undefined where nobody wants to know, or the body is no form. */
  static of(exchange: LiveExchange): UploadMeter | undefined {
    const { target, mediaType } = exchange;
    const isWanted = target.endpoint.body.onProgress !== undefined && target.bodyKind !== 'raw';
    return isWanted && mediaType === 'multipart/form-data' ? new UploadMeter(exchange) : undefined;
  }

  /** In the same turn something else must begin to read the request: bytes flow from here on. */
  watch(): void {
    this.exchange.request.on('data', this.#onData);
    this.exchange.request.on('end', this.#onEnd);
  }
  /** Of a form that is not taken nothing more is told. */
  stop(): void {
    this.exchange.request.off('data', this.#onData);
    this.exchange.request.off('end', this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#received += chunk.length;
    const now = performance.now();
    if (now - this.#toldAt < PERIOD_MS || this.#received === this.#total) return;
    this.#toldAt = now;
    this.#tell(this.#total);
  };
  readonly #onEnd = (): void => {
    this.#tell(this.#received);
  };

  #tell(totalBytes: number | undefined): void {
    const { exchange } = this;
    const { body } = exchange.target.endpoint;
    const progress: UploadProgress = { receivedBytes: this.#received, totalBytes };
    try {
      const result: unknown = callFor(exchange.live.actor, () => body.onProgress?.(progress, exchange));
      // Whoever declares it as asynchronous all the same.
      if (isThenable(result)) Promise.resolve(result).catch((thrown: unknown) => this.#broke(thrown));
    } catch (thrown) {
      this.#broke(thrown);
    }
  }

  #isBroken = false;
  #broke(thrown: unknown): void {
    this.stop();
    if (this.#isBroken) return;
    this.#isBroken = true;
    const { live, target, requestId } = this.exchange;
    const { message, stack } = accountOf(thrown, live.mapStack);
    live.logger.error(
      `onProgress of ${nameOf(target.endpoint)} failed, and is not called again for this upload: ${message}`,
      { requestId, stack },
    );
  }
}
