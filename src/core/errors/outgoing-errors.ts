import type { ErrorEntry } from './error-entry';

/**
 * What plugins send elsewhere. `where` is a method and an origin: paths and queries may hold secrets. For authors and
 * operators: callers of the plugin are told the status alone.
 */
export const outgoingErrors = {
  'outgoing/bad-request': {
    status: 500,
    isInternal: true,
    message: (issues: string) => `The request cannot be sent so: ${issues}.`,
  },
  'outgoing/refused-url': {
    status: 500,
    isInternal: true,
    message: (where: string, why: string) => `${where} is refused: ${why}.`,
  },
  'outgoing/refused-address': {
    status: 500,
    isInternal: true,
    message: (where: string) =>
      `${where} is refused: its host is or resolves to an address that is not public. The operator allows networks with http.allowPrivate.`,
  },
  'outgoing/unreachable': {
    status: 502,
    isInternal: true,
    message: (where: string, why: string) => `${where} gave no answer: ${why}.`,
  },
  'outgoing/timeout': {
    status: 504,
    isInternal: true,
    message: (where: string, timeoutMs: number) =>
      `${where} was not done within ${timeoutMs} ms; see whether it answers, or give a longer timeoutMs.`,
  },
  'outgoing/too-large': {
    status: 502,
    isInternal: true,
    message: (where: string, maxBytes: number) =>
      `${where} answered with more than ${maxBytes} bytes; ask for less, or give a larger maxBytes.`,
  },
  'outgoing/bad-answer': {
    status: 502,
    isInternal: true,
    message: (where: string, why: string) => `${where} answered something that cannot be used: ${why}.`,
  },
  'outgoing/busy': {
    status: 503,
    isInternal: true,
    message: (where: string, most: number) =>
      `${where} was not sent: ${most} requests of this plugin wait for their turn already; send fewer at once.`,
  },
  'outgoing/closed': {
    status: 503,
    isInternal: true,
    message: () => 'This generation of the plugin has ended, and with it its outgoing requests.',
  },
  'outgoing/webhooks-not-declared': {
    status: 500,
    isInternal: true,
    message: (plugin: string) =>
      `Plugin ${plugin} does not say that it sends webhooks; declare plugin.sendsWebhooks(), or @SendsWebhooks() on its class.`,
  },
  'outgoing/no-secret': {
    status: 500,
    isInternal: true,
    message: (plugin: string, name: string) =>
      `No webhook is sent unsigned: the secret ${name} of ${plugin} has no value. Give it one with \`gatehouse secrets set ${plugin} ${name}\`.`,
  },
  'outgoing/bad-secret': {
    status: 500,
    isInternal: true,
    message: (plugin: string, name: string) =>
      `The secret ${name} of ${plugin} signs no webhook: it is whsec_ and 24 to 64 bytes as base64, or whsk_ and an Ed25519 key of 32 or 64 bytes as base64.`,
  },
} as const satisfies Record<string, ErrorEntry>;
