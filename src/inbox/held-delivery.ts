import type { HeldDelivery, StoredAnswer } from '../core/ports/inbox';
import type { Sealer } from '../core/ports/sealer';
import type { StopReason } from './attempt';
import type { Committer } from './committer';
import { packAnswer } from './stored-answer';
import type { Held } from './worker';

/** What a sender heard that waited for longer than the handler may take. */
const OVERDUE_STATUS = 503;
/** After these nothing of the attempt is kept; what it still answers must not stand for it. */
const isTooLate = (stopped: StopReason | undefined) => stopped === 'timed-out' || stopped === 'lost';

/**
 * A job in the midst of its request, for the one who answers that. Its answer is kept with `receiptId`: in the commit
 * that settles the job, where the handler is through as well by then, and at once where it goes on after its answer.
 */
export function toHeldDelivery(
  { attempt, context, outcome }: Held,
  receiptId: number | undefined,
  committer: Committer,
  sealer: Sealer,
): HeldDelivery {
  if (receiptId !== undefined && attempt.answersItself)
    attempt.overdue = { receiptId, status: OVERDUE_STATUS, answer: undefined };
  const keep = (answer: StoredAnswer) => {
    if (receiptId === undefined || isTooLate(attempt.stopped) || attempt.isEnded) return;
    attempt.overdue = undefined;
    attempt.answer = { receiptId, status: answer.status, answer: packAnswer(answer, receiptId, sealer) };
    // Whoever answered settles in the same breath, or not for a while.
    queueMicrotask(() => {
      if (attempt.isEnded || attempt.answer === undefined) return;
      // Not stored: its duplicates are told that it is being worked.
      committer.submit({ answers: [attempt.answer] }, 'must').catch(() => undefined);
      attempt.answer = undefined;
    });
  };
  return {
    job: context,
    over: outcome,
    get signal() {
      return attempt.signal;
    },
    answered: keep,
    succeeded() {
      attempt.returned();
      return outcome;
    },
    refused() {
      attempt.refused();
      return outcome;
    },
    failed(thrown) {
      attempt.threw(thrown);
      return outcome;
    },
  };
}
