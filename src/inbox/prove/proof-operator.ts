import { setTimeout as sleep } from 'node:timers/promises';
import { HostError } from '../../core/errors';
import type { WorkCount } from '../../core/ports/inbox-desk';
import type { ProofHost } from './proof-host';
import { PROOF_PLUGIN } from './proof-plugin';

const POLL_MS = 200;
const BACKLOG_MS = 600_000;

/** Asks any host of the proof; what one does not answer the next is asked. */
export class ProofOperator {
  constructor(
    private readonly hosts: readonly Pick<ProofHost, 'base'>[],
    private readonly token: string,
  ) {}

  /**
   * Resolves once no job of the proof is left to work. Those that were poisoned or died are retried: killed too often by
   * us, not by themselves. Answers how many these were.
   * @throws prove/unfinished when jobs are left after that time
   */
  async worked(withinMs = BACKLOG_MS): Promise<number> {
    const deadline = Date.now() + withinMs;
    for (let retried = 0; ;) {
      const left = await this.#left();
      if (left === 0) {
        const again = await this.#retry();
        if (again === 0) return retried;
        retried += again;
      }
      if (Date.now() > deadline) throw new HostError('prove/unfinished', [left]);
      await sleep(POLL_MS);
    }
  }

  async post(path: string, body: unknown = {}): Promise<Record<string, unknown>> {
    return this.#ask('POST', path, body);
  }

  async #left(): Promise<number> {
    const { counts } = (await this.#ask('GET', '/api/operator/inbox/counts')) as {
      counts: readonly WorkCount[];
    };
    return counts
      .filter(({ plugin }) => plugin === PROOF_PLUGIN)
      .reduce(
        (sum, { states: { later = 0, ready = 0, running = 0, waiting = 0 } }) =>
          sum + later + ready + running + waiting,
        0,
      );
  }

  async #retry(): Promise<number> {
    const filter = { plugin: PROOF_PLUGIN, states: ['poisoned', 'dead'] };
    const { changed } = await this.post('/api/operator/inbox/jobs/retry', { filter });
    return Number(changed);
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    let failure = 'nobody answered';
    for (const host of this.hosts) {
      try {
        const response = await fetch(`${host.base}${path}`, {
          method,
          headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        if (response.ok) return JSON.parse(text) as Record<string, unknown>;
        failure = `${response.status} ${text}`;
      } catch (error) {
        failure = String(error);
      }
    }
    throw new HostError('prove/failed-to-start', [`${method} ${path}: ${failure}`]);
  }
}
