import type { ErrorEntry } from './error-entry';

/** Secrets of plugins. None of these messages ever holds a value. */
export const secretErrors = {
  'secrets/bad-name': {
    status: 400,
    message: (name: string) =>
      `"${name}" cannot name a secret: a letter first, then letters, digits, "_", "-" and ".", at most 100 in all, and not ending in _FILE.`,
  },
  'secrets/empty-value': {
    status: 400,
    message: (name: string) =>
      `The value for ${name} is empty, which is no secret; \`gatehouse secrets remove\` takes one away.`,
  },
  'secrets/too-large': {
    status: 413,
    message: (name: string, mostBytes: number) => `The value for ${name} is larger than ${mostBytes} bytes.`,
  },
  'secrets/too-many': {
    status: 409,
    message: (name: string, most: number) =>
      `${name} has ${most} live values already; wait until some end, or replace all of them with \`gatehouse secrets set\`.`,
  },
  'secrets/already-set': {
    status: 409,
    message: (key: string, name: string) =>
      `${name} of ${key} has a value already, so the one that waits is not approved; take the value away with \`gatehouse secrets remove ${key} ${name}\` (what waits goes with it) and set the webhook up again.`,
  },
  'secrets/nothing-waits': {
    status: 404,
    message: (key: string, name: string) =>
      `No value waits for approval as ${name} of ${key}; \`gatehouse secrets list ${key}\` shows what does.`,
  },
  'secrets/other-waits': {
    status: 409,
    message: (key: string, name: string, waiting: string) =>
      `Another value waits for approval as ${name} of ${key}: ${waiting}; \`gatehouse secrets list ${key}\` shows where it came from.`,
  },
  'secrets/too-many-urls': {
    status: 409,
    message: (path: string, most: number) =>
      `${path} has ${most} signed addresses already; revoke one, or wait until some end.`,
  },
  'secrets/from-environment': {
    status: 409,
    message: (name: string, variable: string) =>
      `${name} is given by the environment and cannot be changed here; change ${variable}.`,
  },
  'secrets/ambiguous-variable': {
    status: 500,
    message: (prefix: string, first: string, second: string) =>
      `Variables ${prefix}* could be meant for ${first} or for ${second}; use \`gatehouse secrets set\` instead, or rename one.`,
  },
  'secrets/unreadable-file': {
    status: 500,
    message: (source: string, file: string) => `${source} names ${file}, which cannot be read as a secret.`,
  },
  'secrets/bad-request': {
    status: 400,
    message: (why: string) => `Secrets cannot be asked that: ${why}.`,
  },
  'secrets/no-value': {
    status: 400,
    message: (why: string) =>
      `No value was given: ${why}. Pipe it in, name a file with --file, or type it when asked.`,
  },
} as const satisfies Record<string, ErrorEntry>;
