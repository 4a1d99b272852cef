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
} as const satisfies Record<string, ErrorEntry>;
