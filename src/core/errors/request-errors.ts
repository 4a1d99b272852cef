import type { ErrorEntry } from './error-entry';

/** What a caller did, or what became of their request. */
export const requestErrors = {
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
  'request/malformed': { status: 400, message: () => 'The request is not well-formed HTTP/1.1.' },
  'request/no-host': { status: 400, message: () => 'An HTTP/1.1 request needs a Host header.' },
  'request/expectation-refused': {
    status: 417,
    message: () => 'The only expectation that is met here is "100-continue".',
  },
  'request/timeout': { status: 408, message: () => 'The request was not complete in time.' },
  'request/gone': {
    status: 410,
    message: (successor: string) => `This old address is switched off; use ${successor}.`,
  },
  'request/missing-query': {
    status: 400,
    message: (name: string) => `The query parameter "${name}" is required, once and not empty.`,
  },
  'request/headers-too-large': { status: 431, message: () => 'The request headers are too large.' },
  'request/tunnel-refused': { status: 405, message: () => 'CONNECT is not served here.' },
  'request/upgrade-refused': {
    status: 501,
    message: (protocol: string) => `Upgrading to ${protocol} is not supported here.`,
  },
  'request/upgrade-required': {
    status: 426,
    message: () => 'This address serves WebSockets of version 13 (RFC 6455) and nothing else.',
  },
  'request/bad-handshake': {
    status: 400,
    message: (why: string) => `The WebSocket handshake is malformed: ${why}.`,
  },
  'request/origin-refused': {
    status: 403,
    message: () => 'Pages of this origin may not connect here; the endpoint can name it in its origins.',
  },
  'request/unauthorized': { status: 401, message: () => 'Authentication is required.' },
  'request/unverified': { status: 401, message: () => 'The request could not be verified.' },
  'request/not-ready-to-verify': {
    status: 503,
    message: () => 'Requests cannot be verified here at the moment; send it again later.',
  },
  'request/too-many': {
    status: 429,
    message: (seconds: number) => `Too many requests; send it again in ${seconds} s.`,
  },
  'endpoint/timeout': {
    status: 503,
    message: (ms: number) => `The plugin did not answer within ${ms} ms.`,
  },
  'endpoint/only-read': {
    status: 500,
    message: (what: string) =>
      `exchange.${what} was used where a request is only judged (lane, dedupe, verification); use it in the handler.`,
  },
  'endpoint/answered-twice': {
    status: 500,
    message: () => 'exchange.respond() was called twice; a request has one answer.',
  },
  'endpoint/unserializable': {
    status: 500,
    message: () => 'The plugin answered with something JSON cannot say.',
  },
  'endpoint/relative-file': {
    status: 500,
    message: (path: string) =>
      `file("${path}") is relative to nothing; give an absolute path (path.join(__dirname, …)) or an absolute root.`,
  },
  'endpoint/bad-redirect': {
    status: 500,
    message: () =>
      'redirect() was given a URL with characters that a URL cannot hold; encode them (encodeURIComponent, new URL).',
  },
  'request/invalid': {
    status: 422,
    message: (places: string) => `The request is not what this endpoint takes: ${places}.`,
  },
  'endpoint/broken-response': {
    status: 500,
    isInternal: true,
    message: (places: string) =>
      `The answer is not what the endpoint's response schema says, and was not sent: ${places}.`,
  },
  'endpoint/body-not-there': {
    status: 500,
    isInternal: true,
    message: (name: string) =>
      `exchange.${name} was asked for before the body is read; declare what is provided with needs: 'body'.`,
  },
  'endpoint/body-taken': {
    status: 500,
    isInternal: true,
    message: () =>
      'Middleware in use read the body, which is the endpoint’s; leave it out (the body is parsed by the host), or serve the address with mountRouter.',
  },
  'endpoint/bad-event': {
    status: 500,
    message: (why: string) => `Events could not be sent: ${why}.`,
  },
  'idempotency/missing-key': {
    status: 400,
    message: () =>
      'This endpoint needs an Idempotency-Key header: a text of your own, new for each new request.',
  },
  'idempotency/bad-key': {
    status: 400,
    message: () => 'The Idempotency-Key header must be one text of 1 to 255 visible characters.',
  },
  'idempotency/in-progress': {
    status: 409,
    message: () => 'The first request with this Idempotency-Key is still being worked; ask again shortly.',
  },
  'idempotency/other-request': {
    status: 422,
    message: () => 'This Idempotency-Key belongs to a request with another body; use a new key.',
  },
  'body/too-large': { status: 413, message: (limit: number) => `The body is larger than ${limit} bytes.` },
  'body/too-many-parts': {
    status: 413,
    message: (what: string, limit: number) => `The form has more than ${limit} ${what}.`,
  },
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
  'body/undecodable': {
    status: 400,
    message: () => 'The body is not what its content encoding says it is.',
  },
  'body/incomplete': { status: 400, message: () => 'The body ended before it was complete.' },
  'body/not-buffered': {
    status: 500,
    message: (kind: string) =>
      `exchange.raw is not available for a ${kind} body; read ${kind === 'parts' ? 'parts()' : 'files, fields or stream'}.`,
  },
  'body/removed': {
    status: 500,
    message: () =>
      'exchange.raw was read after the request was over; its body is kept on disk only until then.',
  },
  'body/not-parts': {
    status: 500,
    message: () => "exchange.parts() is available only on endpoints that declare body: { kind: 'parts' }.",
  },
  'body/parts-taken': {
    status: 500,
    message: () => 'exchange.parts() was called twice; the parts of a form come once.',
  },
  'body/part-gone': {
    status: 500,
    message: (what: string) =>
      `${what} was read too late: a part is there until the next one is asked for, all of them until the loop over exchange.parts() is left or the request is answered.`,
  },
  'body/not-a-stream': {
    status: 500,
    message: () => "exchange.stream is available only on endpoints that declare body: { kind: 'stream' }.",
  },
} as const satisfies Record<string, ErrorEntry>;
