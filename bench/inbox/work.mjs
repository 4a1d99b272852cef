// Working no-op jobs of the benchmark's plugin.
import { setTimeout as sleep } from 'node:timers/promises';

export const TASK = { plugin: 'bench.inbox', name: 'noop' };
const STEP = 10_000;

/** Enqueues so many. */
export async function fill({ base }, count) {
  for (let left = count; left > 0; left -= STEP) {
    const response = await fetch(`${base}/api/plugin/bench.inbox/fill/${Math.min(left, STEP)}`, {
      method: 'POST',
    });
    if (!response.ok) throw new Error(`filling failed: ${response.status} ${await response.text()}`);
  }
}

/** Jobs a second, from the first to the last: they wait, paused, until all are there. Stops the server. */
export async function workedHere(server, count) {
  try {
    await server.operator('POST', 'inbox/pause', TASK);
    await fill(server, count);
    await server.operator('POST', 'inbox/resume', TASK);
    for (;;) {
      const { done, seconds } = await (await fetch(`${server.base}/api/plugin/bench.inbox/done`)).json();
      if (done >= count) return done / seconds;
      await sleep(100);
    }
  } finally {
    await server.stop();
  }
}
