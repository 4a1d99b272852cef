import type { Pool } from 'pg';

const EVERY_MS = 60_000;
const SAMPLES = 3;

/**
 * The server's clock, so that all hosts agree on when a lease ends: this process's own, moved by what was measured. Of
 * several questions the one answered fastest counts, and the server is taken to have answered half-way.
 */
export class ServerClock {
  #offsetMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly pool: Pool) {}

  now(): number {
    return Math.round(Date.now() + this.#offsetMs);
  }

  /** Measures, and again each minute; a server that does not answer then leaves it as it is. @throws the first time */
  async start(): Promise<void> {
    await this.#measure();
    this.#timer = setInterval(() => void this.#measure().catch(() => {}), EVERY_MS).unref();
  }
  stop(): void {
    clearInterval(this.#timer);
  }

  async #measure(): Promise<void> {
    let fastestMs = Infinity;
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const askedAt = performance.now();
      const { rows } = await this.pool.query<{ at: number }>(
        'SELECT extract(epoch FROM clock_timestamp())::double precision * 1000 AS at',
      );
      const tookMs = performance.now() - askedAt;
      if (tookMs >= fastestMs) continue;
      fastestMs = tookMs;
      this.#offsetMs = (rows[0]?.at ?? 0) + tookMs / 2 - Date.now();
    }
  }
}
