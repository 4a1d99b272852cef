/**
 * Every error the host raises, as `area/reason`. `status` is what a caller sees over HTTP; messages say what,
 * where, and the next step. Retired codes move to `docs/errors.md`'s list and are never used again.
 */
export const catalogue = {
  'request/bad-path': {
    status: 400,
    message: (why: string) => `The request path is malformed: ${why}.`,
  },
  'request/url-too-long': {
    status: 414,
    message: (limit: number) => `The request target is longer than ${limit} bytes.`,
  },
  'request/not-found': { status: 404, message: (path: string) => `Nothing answers at ${path}.` },
  'request/method-not-allowed': {
    status: 405,
    message: (method: string, allow: string) => `${method} is not allowed here; allowed: ${allow}.`,
  },
  'request/ambiguous-address': {
    status: 409,
    message: () => 'More than one plugin answers at this short address; use the full plugin key in the URL.',
  },
  'request/unauthorized': { status: 401, message: () => 'Authentication is required.' },
  'plugin/not-ready': {
    status: 503,
    message: (key: string) => `Plugin ${key} is not serving right now; try again shortly.`,
  },
  'plugin/unknown': {
    status: 404,
    message: (key: string) =>
      `No plugin has the key ${key}; \`gatehouse plugins list\` shows what is loaded.`,
  },
  'plugin/invalid-info': {
    status: 500,
    message: (issues: string) =>
      `The plugin's description is invalid: ${issues}. Fix the object given to new Plugin({...}) or @GatePlugin({...}).`,
  },
  'plugin/not-bound': {
    status: 500,
    message: (what: string) =>
      `plugin.${what} was used before the host loaded the plugin; use it inside a handler, a hook or a router factory.`,
  },
  'plugin/no-export': {
    status: 500,
    message: (entry: string) =>
      `${entry} exports no plugin; export one as \`plugin\` (new Plugin({...})) or export a class decorated with @GatePlugin({...}).`,
  },
  'plugin/no-entry': {
    status: 500,
    message: (folder: string) =>
      `${folder} has no entry; add index.ts, or name one in package.json as gatehouse.entry or main.`,
  },
  'plugin/duplicate-key': {
    status: 409,
    message: (key: string, first: string, second: string) =>
      `The key ${key} is claimed by ${first} and by ${second}; neither is guessed at: rename or remove one. ${first} keeps it.`,
  },
  'plugin/load-failed': { status: 500, message: (where: string) => `${where} could not be loaded.` },
  'plugin/start-failed': {
    status: 500,
    message: (key: string, label: string) => `Plugin ${key} did not start: ${label} threw.`,
  },
  'plugin/start-timeout': {
    status: 500,
    message: (key: string, label: string, ms: number) =>
      `Plugin ${key} did not start: ${label} had not settled after ${ms} ms.`,
  },
  'mount/invalid': {
    status: 500,
    message: (key: string, issues: string) => `Plugin ${key} declares what cannot be served:\n${issues}`,
  },
  'endpoint/timeout': {
    status: 503,
    message: (ms: number) => `The plugin did not answer within ${ms} ms.`,
  },
  'endpoint/unserializable': {
    status: 500,
    message: () => 'The plugin answered with something JSON cannot say.',
  },
  'body/too-large': { status: 413, message: (limit: number) => `The body is larger than ${limit} bytes.` },
  'body/invalid-json': { status: 400, message: () => 'The body is not valid JSON.' },
  'body/invalid-form': { status: 400, message: (why: string) => `The form is malformed: ${why}.` },
  'body/missing-part': {
    status: 400,
    message: (name: string) => `The form lacks the required part "${name}".`,
  },
  'body/unexpected-part': {
    status: 400,
    message: (name: string) => `The form has a part "${name}" that this endpoint does not declare.`,
  },
  'body/wrong-file-type': {
    status: 415,
    message: (name: string, types: string) => `The file "${name}" is not one of: ${types}.`,
  },
  'body/wrong-type': {
    status: 415,
    message: (wanted: string) => `This endpoint takes ${wanted}.`,
  },
  'body/unsupported-encoding': {
    status: 415,
    message: (encoding: string) => `The content encoding ${encoding} is not supported.`,
  },
  'body/incomplete': { status: 400, message: () => 'The body ended before it was complete.' },
  'body/not-buffered': {
    status: 500,
    message: (kind: string) =>
      `exchange.raw is not available for a ${kind} body; read files, fields or stream.`,
  },
  'body/not-a-stream': {
    status: 500,
    message: () => "exchange.stream is available only on endpoints that declare body: { kind: 'stream' }.",
  },
  'channel/invalid-key': {
    status: 500,
    message: (key: string) =>
      `"${key}" is no chat key; it is written <adapter>-<channel>, for example console-ci.`,
  },
  'settings/invalid': {
    status: 500,
    message: (issues: string) => `The settings are invalid:\n${issues}`,
  },
  'host/address-in-use': {
    status: 500,
    message: (address: string) => `${address} is in use; stop what holds it or set GATEHOUSE_PORT.`,
  },
  'host/stopping': { status: 503, message: () => 'The host is shutting down; try again shortly.' },
  'internal/unexpected': { status: 500, message: () => 'Internal Server Error' },
} as const satisfies Record<string, { status: number; message: (...args: never[]) => string }>;

export type ErrorCode = keyof typeof catalogue;
type ArgsOf<C extends ErrorCode> = Parameters<(typeof catalogue)[C]['message']>;

const BRAND = Symbol.for('gatehouse.host-error');

/** An error of the host's own, from the catalogue. The cause is chained, never glued into the message. */
export class HostError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: C,
    args: ArgsOf<C>,
    options: { cause?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ) {
    const entry = catalogue[code];
    super(
      (entry.message as (...args: unknown[]) => string)(...args),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'HostError';
    this.code = code;
    this.status = entry.status;
    this.headers = options.headers ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }
}

export function isHostError(value: unknown): value is HostError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
}

/** Anything thrown, as an Error: plugins may throw undefined, strings, or errors of another realm. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === 'object' && thrown !== null && typeof (thrown as Error).message === 'string') {
    return thrown as Error;
  }
  return new Error(`something that is not an Error was thrown: ${String(thrown)}`, { cause: thrown });
}
