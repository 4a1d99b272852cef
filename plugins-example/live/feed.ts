import { EventEmitter, once } from 'node:events';

export interface News {
  readonly id: number;
  readonly text: string;
}

const MOST_KEPT = 1_000;

/** News in order, kept so that whoever was away hears what they missed. */
export class Feed {
  readonly #news: News[] = [];
  readonly #added = new EventEmitter().setMaxListeners(0);
  #lastId = 0;

  add(text: string): number {
    this.#news.push({ id: (this.#lastId += 1), text });
    if (this.#news.length > MOST_KEPT) this.#news.shift();
    this.#added.emit('news');
    return this.#lastId;
  }

  /** What came after `id`, then what comes, until `signal` aborts. */
  async *since(id: number, signal: AbortSignal): AsyncGenerator<News> {
    let seen = id;
    while (!signal.aborted) {
      for (const news of this.#news.filter((one) => one.id > seen)) {
        seen = news.id;
        yield news;
      }
      if (!signal.aborted) await once(this.#added, 'news', { signal }).catch(() => undefined);
    }
  }
}
