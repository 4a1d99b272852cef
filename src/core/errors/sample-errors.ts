import type { ErrorEntry } from './error-entry';

/** Samples that are sent to try endpoints. None of these messages ever holds a secret. */
export const sampleErrors = {
  'samples/none': {
    status: 400,
    message: (sender: string) =>
      `There is no sample of ${sender}; send a body of your own with --body, or see \`gatehouse send --list\`.`,
  },
  'samples/unknown-event': {
    status: 400,
    message: (sender: string, event: string, nearest: string) =>
      `There is no sample "${event}" of ${sender} (did you mean "${nearest}"?); see \`gatehouse send ${sender} --list\`.`,
  },
  'samples/unknown-sender': {
    status: 400,
    message: (sender: string, nearest: string) =>
      `No sender called "${sender}" is known (did you mean "${nearest}"?); see \`gatehouse send --list\`.`,
  },
  'samples/no-secret': {
    status: 409,
    message: (name: string, first: string, plugin = '<plugin>') =>
      `The secret ${name} has no value to sign with; give it one with \`gatehouse secrets set ${plugin} ${first}\`.`,
  },
  'samples/no-value-elsewhere': {
    status: 400,
    message: (origin: string, variable: string) =>
      `No secret was given to sign with: ${origin} is not known as an address of a running host, so it is signed here. Set ${variable} to the secret, or pipe it in on standard input; for an endpoint of a host, start that host or name it with --url.`,
  },
  'samples/cannot-sign': {
    status: 409,
    message: (why: string) => `No request can be made that would be let in: ${why}`,
  },
  'samples/cannot-spoil': {
    status: 400,
    message: (reason: string, access: string, possible: string) =>
      `No request can be made that is refused for ${reason} where the access is ${access}; what can be: ${possible}.`,
  },
  'samples/no-endpoint': {
    status: 404,
    message: (where: string, why: string, list: string) =>
      `No endpoint of a plugin answers at ${where}: ${why}. What answers is listed by \`${list}\`.`,
  },
  'samples/not-delivered': {
    status: 502,
    message: (url: string, why: string) => `${url} did not answer: ${why}.`,
  },
  'samples/bad-request': {
    status: 400,
    message: (why: string) => `That cannot be sent: ${why}.`,
  },
} as const satisfies Record<string, ErrorEntry>;
