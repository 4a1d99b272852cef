import type { Change, ChangeFeed, ChangeTopic } from '../core/ports/change-feed';
import { readMarks, type ChangeMarks } from './change-marks';
import type { Store } from './store';

/** Between two of the same topic: people look, and each look asks the host. */
const QUIET_MS = 500;
/** What other hosts did is looked for so often, and only while somebody follows. */
const LOOK_MS = 2_000;

/** Plugins named beside a topic; undefined: any of them. */
type Waiting = Map<ChangeTopic, string | undefined>;
interface Follower {
  readonly waiting: Waiting;
  wake(): void;
}

/**
 * Gathers what changed and tells it all together, at most twice a second. Nothing is gathered while nobody follows. Of one
 * that does not keep up the same topics are kept once, so that it costs ten entries at most.
 */
export class StoredChanges implements ChangeFeed {
  readonly #followers = new Set<Follower>();
  readonly #gathered: Waiting = new Map();
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #isLooking = false;
  #marks: ChangeMarks | undefined;
  #toldAt = 0;
  #isClosed = false;

  /** `followed` is told when the first comes and the last one leaves. */
  constructor(
    private readonly store: Pick<Store, 'kind' | 'reader'>,
    private readonly followed: (isFollowed: boolean) => void,
  ) {}

  /** Something changed here. */
  readonly tell = (topic: ChangeTopic, plugin?: string): void => {
    if (this.#followers.size === 0) return;
    gather(this.#gathered, topic, plugin);
    this.#timer ??= setTimeout(() => this.#spread(), Math.max(0, this.#toldAt + QUIET_MS - Date.now()));
  };

  async *follow(signal: AbortSignal): AsyncGenerator<Change> {
    let wake = () => {};
    const follower: Follower = { waiting: new Map(), wake: () => wake() };
    signal.addEventListener('abort', follower.wake);
    this.#enter(follower);
    try {
      while (!signal.aborted && !this.#isClosed) {
        const [next] = follower.waiting;
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else {
          const [topic, plugin] = next;
          follower.waiting.delete(topic);
          yield plugin === undefined ? { topic } : { topic, plugin };
        }
      }
    } finally {
      signal.removeEventListener('abort', follower.wake);
      this.#leave(follower);
    }
  }

  /** Whoever follows hears no more, and nobody can from now on. */
  close(): void {
    this.#isClosed = true;
    for (const { wake } of this.#followers) wake();
  }

  #enter(follower: Follower): void {
    this.#followers.add(follower);
    if (this.#followers.size > 1 || this.#isClosed) return;
    this.followed(true);
    if (this.store.kind === 'sqlite') return;
    void this.#lookAround();
    this.#look = setInterval(() => void this.#lookAround(), LOOK_MS).unref();
  }

  #leave(follower: Follower): void {
    this.#followers.delete(follower);
    if (this.#followers.size > 0) return;
    this.followed(false);
    clearInterval(this.#look);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#marks = undefined;
    this.#gathered.clear();
  }

  /** Never rejects: a store out of reach changes nothing, and the next look finds what this one did not. */
  async #lookAround(): Promise<void> {
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    const found = await readMarks(this.store).catch(() => undefined);
    this.#isLooking = false;
    if (found === undefined || this.#followers.size === 0) return;
    const before = this.#marks;
    this.#marks = found;
    if (before === undefined) return;
    for (const topic of Object.keys(found) as ChangeTopic[])
      if (found[topic] !== before[topic]) this.tell(topic);
  }

  #spread(): void {
    this.#timer = undefined;
    this.#toldAt = Date.now();
    for (const { waiting, wake } of this.#followers) {
      for (const [topic, plugin] of this.#gathered) gather(waiting, topic, plugin);
      wake();
    }
    this.#gathered.clear();
  }
}

/** Of two plugins none is named: whoever shows the topic asks again anyhow. */
function gather(into: Waiting, topic: ChangeTopic, plugin: string | undefined): void {
  into.set(topic, into.has(topic) && into.get(topic) !== plugin ? undefined : plugin);
}
