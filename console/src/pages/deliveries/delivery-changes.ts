import type { ReceiptSummary } from '../../../../src/core/ports/inbox-desk';
import type { BulkChange } from '../../parts/bulk';
import { CHANGED_STATES, RETRY } from '../jobs/job-changes';

const DELIVERIES = ['delivery', 'deliveries'] as const;

/** What can be done with the chosen deliveries; where none is chosen, with all that the filter selects. */
export function changesOf(
  chosen: readonly ReceiptSummary[],
  filter: Readonly<Record<string, string>>,
): readonly BulkChange[] {
  const isAll = chosen.length === 0;
  const target = isAll ? { filter } : { ids: chosen.map(({ id }) => id) };
  const jobs = chosen.flatMap((receipt) =>
    receipt.jobs.filter(({ state }) => CHANGED_STATES.retry.includes(state)),
  );
  const retry: BulkChange = {
    ...RETRY,
    target: isAll ? { filter } : { ids: jobs.map(({ id }) => id) },
    explains: 'Those of their jobs that failed run again from their first attempt.',
  };
  // A list of none is nothing to ask the host about.
  const retried = !isAll && jobs.length === 0 ? { ...retry, count: () => Promise.resolve(0) } : retry;
  return [
    {
      verb: 'Replay',
      path: '/inbox/receipts/replay',
      target,
      nouns: DELIVERIES,
      explains: 'A new job is made of each, under today’s rules; what was done before stays.',
    },
    retried,
    {
      verb: 'Purge',
      path: '/inbox/receipts/purge',
      target,
      nouns: DELIVERIES,
      explains: 'They are deleted with their finished jobs, and cannot be had back.',
      isDestructive: true,
    },
  ];
}
