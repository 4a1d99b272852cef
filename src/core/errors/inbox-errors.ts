import type { ErrorEntry } from './error-entry';

/** What was to be stored, and work that was stored. */
export const inboxErrors = {
  'inbox/unavailable': {
    status: 503,
    message: () => 'The request cannot be stored right now; send it again.',
  },
  'inbox/bad-database-url': {
    status: 500,
    message: (why: string) => `GATEHOUSE_DATABASE_URL cannot be used: ${why}.`,
  },
  'inbox/cannot-open': {
    status: 500,
    message: (where: string, why: string) =>
      `The database ${where} cannot be used: ${why}. See that it is there and may be used; GATEHOUSE_DATABASE_URL, or else GATEHOUSE_DATA, says where it is.`,
  },
  'inbox/cannot-copy': {
    status: 500,
    message: (where: string, why: string) =>
      `The inbox has to be copied to ${where} before its tables are changed, and cannot be: ${why}. Nothing was changed. Mend that, or make a backup and set GATEHOUSE_UPGRADE_COPY_FIRST=false.`,
  },
  'schedule/unknown': {
    status: 404,
    message: (plugin: string, name: string, known: string) =>
      `Plugin ${plugin} has no schedule "${name}" (it has: ${known || 'none'}).`,
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
  'inbox/invalid-payload': {
    status: 500,
    message: (task: string, issues: string) => `The payload is not what the task "${task}" takes: ${issues}.`,
  },
  'inbox/lease-lost': {
    status: 500,
    message: (job: string) => `Job ${job} is no longer held by this attempt; another one may run it.`,
  },
  'inbox/attempt-timeout': {
    status: 500,
    message: (timeoutMs: number) => `The attempt took longer than its ${timeoutMs} ms and was stopped.`,
  },
  'inbox/bad-option': {
    status: 500,
    message: (task: string, why: string) => `A job for task "${task}" cannot be enqueued so: ${why}.`,
  },
  'inbox/wait-timeout': {
    status: 500,
    message: (name: string, timeoutMs: number) => `The signal "${name}" did not come within ${timeoutMs} ms.`,
  },
  'inbox/bad-signal': {
    status: 400,
    message: (why: string) => `A signal cannot be given or waited for so: ${why}.`,
  },
  'inbox/signal-too-large': {
    status: 413,
    message: (name: string, mostBytes: number) =>
      `The value of the signal "${name}" is larger than ${mostBytes} bytes as JSON.`,
  },
  'inbox/too-much-work': {
    status: 500,
    message: (mostBytes: number) => `One attempt enqueues at most ${mostBytes} bytes of payloads.`,
  },
  'inbox/not-found': {
    status: 404,
    message: (what: string, id: string, hint = '') => `There is no ${what} ${id}${hint}.`,
  },
  'quarantine/not-replayable': {
    status: 409,
    message: (id: string, why: string) => `The request ${id} cannot be replayed: ${why}.`,
  },
  'inbox/bad-request': {
    status: 400,
    message: (why: string) => `The inbox cannot be asked that: ${why}.`,
  },
  'inbox/migration-changed': {
    status: 500,
    message: (number: number, name: string) =>
      `The database was migrated by another version of step ${number} (${name}) than this host's; run the release that wrote it, or one after it.`,
  },
  'inbox/schema-too-new': {
    status: 500,
    message: (schema: number, known: number) =>
      `The database has schema ${schema}, which this host cannot work with: it knows ${known}. Run a newer release, or restore the backup made before the upgrade.`,
  },
  'inbox/other-master-key': {
    status: 500,
    message: () =>
      'The inbox was sealed with another master key. Hosts that share a database need the same GATEHOUSE_MASTER_KEY; a host on its own needs the `master-key` file of its data folder back.',
  },
  'inbox/bad-file': {
    status: 500,
    message: (file: string, why: string) => `${file} cannot be used: ${why}.`,
  },
  'prove/bad-options': { status: 500, message: (why: string) => `That cannot be proved: ${why}.` },
  'prove/failed-to-start': {
    status: 500,
    message: (log: string) => `A host of the proof does not serve. The last it said:\n${log}`,
  },
  'prove/unfinished': {
    status: 500,
    message: (left: number) => `The proof gave up waiting: ${left} jobs are still not worked.`,
  },
  'store/bad-name': {
    status: 500,
    isInternal: true,
    message: (what: string, mostCharacters: number) =>
      `The ${what} of a document is a text of 1 to ${mostCharacters} characters, without NUL; that of a collection does not begin with "@".`,
  },
  'store/too-large': {
    status: 500,
    message: (what: string, mostBytes: number) => `${what} is larger than ${mostBytes} bytes as JSON.`,
  },
  'store/not-found': {
    status: 404,
    message: (collection: string, id: string) => `There is no "${id}" in ${collection}.`,
  },
} as const satisfies Record<string, ErrorEntry>;
