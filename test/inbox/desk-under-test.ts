import type { BulkVerb, InboxDesk, Selection } from '../../src/core/ports/inbox-desk';
import type { Store } from '../../src/inbox/store';
import { count, draftOf, engineOn, hook, task, until, type EngineUnderTest } from './engine-under-test';

export const KEY = 'acme.ci';
export const codeOf = (code: string) => expect.objectContaining({ code });

/** A desk over a started engine with one plugin: what says `bad` fails while `fails`, what says `worse` always. */
export class DeskUnderTest {
  fails = true;
  /** What ran, in order. */
  readonly seen: { id?: string; replayOf?: string | undefined }[] = [];
  readonly engine: EngineUnderTest;
  readonly github = hook('/github', (exchange) => {
    this.seen.push({ replayOf: exchange.replayOf });
    if (this.fails && exchange.text().includes('bad')) throw new Error('the build server said no');
  });
  readonly stripe = hook('/stripe', () => {});

  private constructor(readonly store: Store) {
    this.engine = engineOn(store);
  }

  static async open(store: Store): Promise<DeskUnderTest> {
    const host = new DeskUnderTest(store);
    const work = task('work', ({ id }) => {
      host.seen.push({ id });
      if ((host.fails && String(id).startsWith('bad')) || id === 'worse') throw new Error(`no use: ${id}`);
    });
    host.engine.put(KEY, [host.github, host.stripe, work]);
    await host.engine.start();
    return host;
  }

  get desk(): InboxDesk {
    return this.engine.desk;
  }
  tasks() {
    return this.engine.inbox.tasksOf(draftOf(KEY, this.github).plugin);
  }
  accept(body: string, more: Parameters<typeof draftOf>[2] = {}, endpoint = this.github) {
    const request = { body: Buffer.from(body), ...more.request };
    return this.engine.inbox.accept(draftOf(KEY, endpoint, { ...more, request }));
  }
  /** Resolves once so many are in that state. */
  async reached(state: Parameters<typeof count>[1], amount: number): Promise<void> {
    await until(`${amount} ${state}`, async () => (await count(this.store, state)) === amount, 15_000);
  }
  /** Resolves once nothing is left to work. */
  async idle(): Promise<void> {
    for (const state of ['ready', 'later', 'running'] as const) await this.reached(state, 0);
  }
  /** All steps of a change. */
  async changeAll(verb: BulkVerb, selection: Selection): Promise<{ looked: number; changed: number }> {
    const sum = { looked: 0, changed: 0 };
    let after: string | undefined;
    do {
      const step = await this.desk.change(verb, selection, after);
      sum.looked += step.looked;
      sum.changed += step.changed;
      after = step.next;
    } while (after !== undefined);
    return sum;
  }
}
