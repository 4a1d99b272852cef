import type { ErrorEntry } from './error-entry';

/** What plugins keep: documents, values that expire, their own databases. */
export const stateErrors = {
  'plugin/not-available': {
    status: 500,
    isInternal: true,
    message: (key: string, what: string, why: string) => `${what} is not available to ${key}: ${why}.`,
  },
  'store/bad-query': {
    status: 500,
    message: (why: string) => `Documents cannot be queried so: ${why}.`,
  },
  'store/bad-cursor': {
    status: 400,
    message: () =>
      'The cursor is none of this query: pass on what the page before gave, with the same order.',
  },
  'store/too-deep': {
    status: 500,
    message: (what: string, mostLevels: number) =>
      `${what} has more than ${mostLevels} objects and arrays in one another; store it as a text.`,
  },
  'compat/not-text': {
    status: 500,
    message: () => 'plugin.store.set keeps texts: give it JSON.stringify(value), or use plugin.store.create.',
  },
  'cache/bad-key': {
    status: 500,
    message: (mostCharacters: number) =>
      `The key of a cached value is a text of 1 to ${mostCharacters} characters, without NUL.`,
  },
  'cache/bad-ttl': {
    status: 500,
    message: (mostMs: number) =>
      `How long a value is cached is a number of milliseconds, more than 0 and at most ${mostMs}; cache.set takes it as { ttlMs }.`,
  },
  'cache/too-large': {
    status: 500,
    message: (key: string, mostBytes: number) =>
      `The value to be cached as "${key}" is larger than ${mostBytes} bytes as JSON.`,
  },
  'backup/damaged': {
    status: 500,
    message: (why: string) => `The backup cannot be restored: ${why}. Nothing was changed; take another one.`,
  },
  'backup/other-format': {
    status: 500,
    message: (format: string, known: number) =>
      `The file is a backup of format ${format}; this release reads format ${known}. Restore it with the release that wrote it.`,
  },
  'backup/too-new': {
    status: 500,
    message: (schema: number, known: number, version: string) =>
      `The backup has schema ${schema} (Gatehouse ${version}), and this release knows ${known}. Restore it with that release or a newer one.`,
  },
  'backup/other-master-key': {
    status: 500,
    message: () =>
      'The secrets in the backup are sealed with another master key than this host has. Set GATEHOUSE_MASTER_KEY to the one of the host it is of (its `master-key` file, where the variable was not set), and restore again. Nothing was changed.',
  },
  'backup/not-empty': {
    status: 500,
    message: (what: string) =>
      `The store is not empty (${what}). Restore into a new one, or give --force to replace everything in it.`,
  },
  'backup/host-runs': {
    status: 500,
    message: (who: string) =>
      `A host serves from that database (${who}). Stop all hosts of it, wait ten seconds, and restore again.`,
  },
  'sql/refused': {
    status: 500,
    isInternal: true,
    message: (key: string, why: string) => `A statement of ${key} is refused: ${why}.`,
  },
  'sql/failed': {
    status: 500,
    isInternal: true,
    message: (key: string, words: string) => `The database of ${key} refuses a statement: ${words}.`,
  },
  'sql/timeout': {
    status: 503,
    isInternal: true,
    message: (key: string, timeoutMs: number) =>
      `A statement of ${key} took longer than ${timeoutMs} ms and was stopped; what it wrote is undone, unless it was just committed.`,
  },
  'sql/unavailable': {
    status: 503,
    isInternal: true,
    message: (key: string, why: string) => `The database of ${key} cannot be used now: ${why}.`,
  },
  'sql/bad-migration': {
    status: 500,
    message: (file: string, why: string) =>
      `The migration ${file} cannot be run: ${why}. Nothing of it was kept; mend it and load the plugin again.`,
  },
  'sql/changed-migration': {
    status: 500,
    message: (file: string, name: string) =>
      `The migration ${file} is not what ran as ${name}; put it back as it was, and make the change in one with a higher number.`,
  },
  'sql/not-restored': {
    status: 503,
    isInternal: true,
    message: (key: string, file: string, why: string) =>
      `What was restored of the database of ${key} waits in ${file} and cannot be put in: ${why}. Nothing is lost; mend that and load the plugin again, or move the file away to begin without it.`,
  },
} as const satisfies Record<string, ErrorEntry>;
