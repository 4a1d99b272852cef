import { setTimeout as sleep } from 'node:timers/promises';
import type { InboxDesk, WorkCount } from '../core/ports/inbox-desk';

const AGAIN_MS = 200;
/** A store that is not counted by then is told as far as it is. */
const MOST_MS = 10_000;

/** The counts of the inbox, once nothing is still being counted for the first time; after ten seconds as they are. */
export async function wholeCounts(inbox: Pick<InboxDesk, 'counts'>): Promise<readonly WorkCount[]> {
  const until = performance.now() + MOST_MS;
  for (;;) {
    const counts = await inbox.counts();
    if (!counts.some(({ isPartial }) => isPartial === true) || performance.now() >= until) return counts;
    await sleep(AGAIN_MS);
  }
}
