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
  'secrets/not-yours': {
    status: 403,
    isInternal: true,
    message: (key: string, name: string) =>
      `${name} is declared with writeMode "user": ${key} may read it, and only operators and users set it (\`gatehouse secrets set ${key} ${name}\`). Declare "both" to let the plugin write it, too.`,
  },
  'secrets/plugins-own': {
    status: 409,
    message: (key: string, name: string) =>
      `${name} is declared with writeMode "extension": ${key} alone sets it. \`gatehouse secrets remove ${key} ${name}\` takes the value away, so that the plugin asks for another.`,
  },
  'secrets/too-many-for-users': {
    status: 409,
    message: (key: string, most: string) =>
      `${key} keeps ${most} for its users already; remove some with \`gatehouse secrets remove ${key} <name> --user <id>\`.`,
  },
  'secrets/rekey-refused': {
    status: 409,
    message: (why: string) => `The master key is not changed: ${why}.`,
  },
  'users/bad-channel': {
    status: 400,
    message: (given: string, why: string) =>
      `${JSON.stringify(given)} cannot be the channel of a user: ${why}.`,
  },
  'users/bad-id': {
    status: 400,
    message: (given: string) =>
      `${JSON.stringify(given)} cannot name a user: 1 to 128 printable characters, no control characters among them.`,
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
  'tokens/bad-request': {
    status: 400,
    message: (why: string) => `Tokens cannot be asked that: ${why}.`,
  },
  'tokens/taken': {
    status: 409,
    message: (name: string) =>
      `There is a token named "${name}" already; revoke it with \`gatehouse tokens revoke ${name}\`, or choose another name.`,
  },
  'tokens/too-many': {
    status: 409,
    message: (most: number) => `There are ${most} tokens already; revoke those that nobody uses.`,
  },
} as const satisfies Record<string, ErrorEntry>;
