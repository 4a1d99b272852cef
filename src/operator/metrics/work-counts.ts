import type { SettledAttempt, WorkObserver } from '../../core/ports/work-observer';
import { HOST_KEY } from '../../core/host-key';
import { Distribution } from './distribution';

/** Told apart; the rest is one. */
const MOST_TASKS = 1_000;
const MOST_ADAPTERS = 50;
const OTHER = 'other';
/** Upper bounds, seconds. */
const JOB_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const MESSAGE_TASK = 'message';

interface TaskCounts {
  readonly plugin: string;
  readonly name: string;
  readonly outcomes: Map<string, number>;
  readonly seconds: Distribution;
}

/** Counts what the inbox of this host does, since it started. */
export class WorkCounts implements WorkObserver {
  readonly commits = new Distribution(COMMIT_SECONDS);
  /** Messages by adapter and outcome. */
  readonly messages = new Map<string, Map<string, number>>();
  receipts = 0;
  /** Jobs that became dead letters here. */
  deadLetters = 0;
  readonly #tasks = new Map<string, TaskCounts>();

  get tasks(): readonly TaskCounts[] {
    return [...this.#tasks.values()];
  }

  settled({ plugin, name, lane, outcome, isDead, ms }: SettledAttempt): void {
    const counts = this.#countsOf(plugin, name);
    add(counts.outcomes, outcome);
    if (ms !== undefined) counts.seconds.add(ms / 1_000);
    if (isDead) this.deadLetters += 1;
    if (plugin === HOST_KEY && name === MESSAGE_TASK) this.#message(lane ?? '', outcome);
  }

  committed(ms: number, receipts: number): void {
    this.commits.add(ms / 1_000);
    this.receipts += receipts;
  }

  /** The lane of a message is its chat: what stands before the first `-` is the adapter. */
  #message(chatKey: string, outcome: string): void {
    const name = chatKey.slice(0, Math.max(0, chatKey.indexOf('-'))) || OTHER;
    const adapter = this.messages.has(name) || this.messages.size < MOST_ADAPTERS ? name : OTHER;
    const outcomes = this.messages.get(adapter) ?? new Map<string, number>();
    this.messages.set(adapter, outcomes);
    add(outcomes, outcome);
  }

  #countsOf(plugin: string, name: string): TaskCounts {
    const known = this.#tasks.get(`${plugin} ${name}`);
    if (known !== undefined) return known;
    if (this.#tasks.size >= MOST_TASKS && plugin !== OTHER) return this.#countsOf(OTHER, OTHER);
    const counts = {
      plugin,
      name,
      outcomes: new Map<string, number>(),
      seconds: new Distribution(JOB_SECONDS),
    };
    this.#tasks.set(`${plugin} ${name}`, counts);
    return counts;
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
