import { EventEmitter, on } from 'node:events';
import type { UploadProgress } from 'gatehouse';

/** What is told of uploads while they come, by an id that their clients made up. */
export class Progress {
  readonly #told = new EventEmitter().setMaxListeners(0);

  note(id: unknown, progress: UploadProgress): void {
    if (typeof id === 'string') this.#told.emit(id, progress);
  }

  /** Ends with the upload, or when `signal` aborts. */
  async *of(id: string, signal: AbortSignal): AsyncGenerator<UploadProgress> {
    for await (const [now] of on(this.#told, id, { signal }) as AsyncIterable<[UploadProgress]>) {
      yield now;
      if (now.receivedBytes === now.totalBytes) return;
    }
  }
}
