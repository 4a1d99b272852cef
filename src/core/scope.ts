import { callFor, type Actor } from './actor';

export type Disposer = () => unknown;
/** Why a generation ends; effects may tell a disable from a reload. */
export type RetireReason = 'reload' | 'disable' | 'remove' | 'shutdown' | 'failed';

export interface Disposal {
  readonly label: string;
  readonly error: unknown;
}

/**
 * Labelled teardown. Everything started is undone last-in first-out; every disposer runs even when one throws or
 * hangs past `stepMs`; dispose never rejects.
 */
export class Scope {
  readonly #entries: { label: string; dispose: Disposer }[] = [];
  readonly #abort = new AbortController();
  #reason: RetireReason | undefined;

  /** `actor` is whose code the disposers are. */
  constructor(readonly actor?: Actor) {}

  /** Aborts before the first disposer runs. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }
  /** Set once disposal began. */
  get reason(): RetireReason | undefined {
    return this.#reason;
  }
  /** What is still open, oldest first. */
  get open(): readonly string[] {
    return this.#entries.map((entry) => entry.label);
  }

  /** Registers the undoing of something. On a scope already disposed it runs at once. */
  defer(label: string, dispose: Disposer): void {
    if (this.#reason === undefined) this.#entries.push({ label, dispose });
    else void settle(label, this.#named(dispose), 1_000);
  }

  /** Undoes everything. Resolves with the failures, in the order they happened. */
  async dispose(reason: RetireReason, stepMs = 5_000): Promise<Disposal[]> {
    this.#reason ??= reason;
    this.#named(() => this.#abort.abort(new Error(`scope closed: ${reason}`)))();
    const failures: Disposal[] = [];
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      const failure = await settle(entry.label, this.#named(entry.dispose), stepMs);
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  }

  #named(run: Disposer): Disposer {
    const { actor } = this;
    return actor === undefined ? run : () => callFor(actor, run);
  }
}

async function settle(label: string, dispose: Disposer, stepMs: number): Promise<Disposal | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Disposal>((resolve) => {
    timer = setTimeout(
      () => resolve({ label, error: new Error(`did not finish within ${stepMs} ms`) }),
      stepMs,
    );
  });
  const run = async (): Promise<undefined> => {
    await dispose();
    return undefined;
  };
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    return { label, error };
  } finally {
    clearTimeout(timer);
  }
}
