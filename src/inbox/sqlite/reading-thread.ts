import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { toError } from '../../core/errors';
import { isAboutStatement, unavailable } from './fault';

type Row = Record<string, unknown>;
interface Reply {
  readonly id: number;
  readonly rows?: Row[];
  readonly error?: { readonly message: string; readonly code: string | undefined; readonly name: string };
}
interface Waiting {
  resolve(rows: Row[]): void;
  reject(error: Error): void;
}
const FILE = path.join(__dirname, 'reader-thread.cjs');
/** A query in its midst is given that long when the thread is closed. */
const CLOSE_MS = 2_000;

/** One thread that reads one database file. Queries are answered in order. */
export class ReadingThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #next = 1;
  #isOver = false;

  constructor(file: string) {
    this.#worker = new Worker(FILE, { workerData: { file } });
    this.#worker.unref(); // idle, it keeps no process alive
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    let failure = new Error('the reading thread ended');
    this.#worker.on('error', (error) => (failure = toError(error)));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#isOver = true;
        for (const { reject } of this.#waiting.values()) reject(unavailable(failure));
        this.#waiting.clear();
        resolve();
      });
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws inbox/unavailable when the database cannot be read or the thread dies; else what is wrong with the query */
  query(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      const id = this.#next;
      this.#next += 1;
      this.#worker.postMessage({ id, sql, parameters }); // throws on what cannot be sent
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
    });
  }

  /** Answers what was asked before and ends; a query that takes longer than a while is left to end by itself. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#worker.ref();
    this.#worker.postMessage('close');
    const timer = new AbortController();
    const late = sleep(CLOSE_MS, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([this.#ended, late]);
    timer.abort();
    // What runs inside SQLite cannot be stopped, and must not be waited for.
    if (!this.#isOver) void this.#worker.terminate();
    this.#worker.unref();
  }

  #settle({ id, rows, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (error === undefined) return waiting?.resolve(withBuffers(rows ?? []));
    const { message, code, name } = error;
    const failure = Object.assign(new Error(message), { name }, code === undefined ? {} : { code });
    waiting?.reject(isAboutStatement(failure) ? failure : unavailable(failure));
  }
}

/** Between threads a Buffer becomes a plain array of bytes. */
function withBuffers(rows: Row[]): Row[] {
  for (const row of rows)
    for (const [name, value] of Object.entries(row))
      if (ArrayBuffer.isView(value))
        row[name] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return rows;
}
