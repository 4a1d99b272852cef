import type { ErrorEntry } from './error-entry';

/** What concerns the host itself: its settings, its sockets, its operator. */
export const hostErrors = {
  'channel/invalid-key': {
    status: 500,
    message: (key: string) =>
      `"${key}" is no chat key; it is written <adapter>-<channel>, for example console-ci.`,
  },
  'settings/invalid': {
    status: 500,
    message: (issues: string) => `The settings are invalid:\n${issues}`,
  },
  'settings/unreadable': {
    status: 500,
    message: (file: string, why: string) =>
      `The settings file ${file} cannot be read: ${why}. Correct --config, or leave it out.`,
  },
  'operator/unreachable': {
    status: 503,
    message: (where: string, why: string, next: string) => `No host answers at ${where} (${why}); ${next}.`,
  },
  'operator/token-refused': {
    status: 401,
    message: (where: string) =>
      `The host at ${where} refused the operator token; give the right one with --token or GATEHOUSE_OPERATOR_TOKEN.`,
  },
  'operator/no-token': {
    status: 401,
    message: (where: string, file: string) =>
      `The host at ${where} wants an operator token; give --token or GATEHOUSE_OPERATOR_TOKEN (${file} holds none).`,
  },
  'operator/scope': {
    status: 403,
    message: (operation: string, scope: string, name: string) =>
      `${operation} needs the scope "${scope}", which the token "${name}" does not hold.`,
  },
  'operator/too-many-streams': {
    status: 429,
    message: (most: number, name: string) =>
      `${most} streams of "${name}" are open already; close one of them.`,
  },
  'pulls/dropped': {
    status: 503,
    message: (requests: number) =>
      `${requests} requests in a row were not answered in time: this host's own plugin answers again. Pull anew once they are.`,
  },
  'operator/unexpected-answer': {
    status: 502,
    message: (where: string, status: number, detail: string) =>
      `The host at ${where} answered ${status}: ${detail}`,
  },
  'operator/bad-sign-in': {
    status: 400,
    message: (why: string) => `Nobody can sign in like that: ${why}.`,
  },
  'operator/no-sign-in': {
    status: 403,
    message: (why: string) => `Nobody can sign in from there: ${why}.`,
  },
  'operator/sends-nothing': {
    status: 503,
    message: () => 'This host sends no samples.',
  },
  'operator/bad-token-file': {
    status: 500,
    message: (file: string, why: string) =>
      `${file} holds no usable operator token: ${why}. Remove it and start again, or set GATEHOUSE_OPERATOR_TOKEN.`,
  },
  'host/bad-master-key': {
    status: 500,
    message: (file: string, why: string) =>
      `${file} holds no usable master key: ${why}. Without the right key nothing that was sealed opens again.`,
  },
  'host/cannot-unseal': {
    status: 500,
    message: (context: string) =>
      `Something sealed for ${context} does not open: another master key sealed it, or it was changed.`,
  },
  'host/already-running': {
    status: 500,
    message: (socket: string) =>
      `Another host answers on ${socket}; stop it, or give this one a data folder of its own (GATEHOUSE_DATA).`,
  },
  'host/no-telemetry': {
    status: 500,
    message: (why: string) =>
      `The environment names a collector of traces (OTEL_EXPORTER_OTLP_ENDPOINT), and none can be sent: ${why}. Without that variable the host starts without traces.`,
  },
  'host/unsafe-folder': {
    status: 500,
    message: (folder: string, why: string) => `${folder} is not safe for the operator's socket: ${why}.`,
  },
  'host/address-in-use': {
    status: 500,
    message: (address: string) => `${address} is in use; stop what holds it or set GATEHOUSE_PORT.`,
  },
  'host/socket-path-too-long': {
    status: 500,
    message: (path: string, limit: number) =>
      `${path} is longer than the ${limit} bytes a Unix socket's path may have; choose a shorter data folder.`,
  },
  'host/stopping': { status: 503, message: () => 'The host is shutting down; try again shortly.' },
  'internal/unexpected': { status: 500, message: () => 'Internal Server Error' },
} as const satisfies Record<string, ErrorEntry>;
