import type { WorkState } from '../../../../src/core/ports/inbox-desk';
import type { BulkChange } from '../../parts/bulk';

const JOBS = ['job', 'jobs'] as const;
type JobChange = Omit<BulkChange, 'target'>;

export const RETRY: JobChange = {
  verb: 'Retry',
  path: '/inbox/jobs/retry',
  nouns: JOBS,
  explains: 'They run again from their first attempt; what waits for a later time runs now.',
};
export const CANCEL: JobChange = {
  verb: 'Cancel',
  path: '/inbox/jobs/cancel',
  nouns: JOBS,
  explains: 'What is not done ends; what runs is told, and ends within a heartbeat.',
  isDestructive: true,
};
export const DROP: JobChange = {
  verb: 'Drop',
  path: '/inbox/jobs/drop',
  nouns: JOBS,
  explains: 'They are deleted, and cannot be had back. What runs is left alone.',
  isDestructive: true,
};

/** Which states each can change. */
export const CHANGED_STATES: Readonly<Record<'retry' | 'cancel' | 'drop', readonly WorkState[]>> = {
  retry: ['dead', 'poisoned', 'cancelled', 'later'],
  cancel: ['later', 'ready', 'running', 'waiting', 'poisoned'],
  drop: ['later', 'ready', 'waiting', 'succeeded', 'dead', 'poisoned', 'cancelled'],
};
