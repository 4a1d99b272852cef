import type { ErrorEntry } from './error-entry';

/** What was to be stored, and work that was stored. */
export const inboxErrors = {
  'inbox/unavailable': {
    status: 503,
    message: () => 'The request cannot be stored right now; send it again.',
  },
  'inbox/unknown-task': {
    status: 500,
    message: (plugin: string, task: string, known: string) =>
      `Plugin ${plugin} declares no task "${task}" (declared: ${known || 'none'}).`,
  },
  'inbox/bad-payload': {
    status: 500,
    message: (task: string, why: string) =>
      `The payload for task "${task}" cannot be stored as JSON: ${why}.`,
  },
  'inbox/lease-lost': {
    status: 500,
    message: (job: string) => `Job ${job} is no longer held by this attempt; another one may run it.`,
  },
  'inbox/wait-timeout': {
    status: 500,
    message: (name: string, timeoutMs: number) => `The signal "${name}" did not come within ${timeoutMs} ms.`,
  },
  'store/not-found': {
    status: 404,
    message: (collection: string, id: string) => `There is no "${id}" in ${collection}.`,
  },
} as const satisfies Record<string, ErrorEntry>;
