import { STATUS_CODES } from 'node:http';
import { HostError, isHostError, toError } from '../core/errors';
import { isHttpError } from '../core/http-error';
import { isStatus, reply, type Reply, type ReplyHeaders } from '../core/reply';
import { isCounted } from './broken-responses';
import type { GateRequest, GateResponse } from './messages';
import { pathOf } from './request-path';

/** An error as it leaves: problem details (RFC 9457) and the headers that go with them. */
interface Problem {
  readonly status: number;
  readonly code: string;
  /** A string, or the structure the author gave. */
  readonly detail: unknown;
  readonly headers: ReplyHeaders;
  /** Beside the others, or in their place. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
  /** Nobody meant it: it is logged with its stack, and its message stays here. */
  readonly unexpected: boolean;
}

/**
 * Anything thrown, as a problem. An error nobody meant leaves as 500 with no message of its own, and so does one that
 * throws when it is looked at.
 */
export function toProblem(thrown: unknown, fallbackStatus = 500): Problem {
  try {
    return readProblem(thrown, fallbackStatus);
  } catch {
    return foreignProblem(undefined, 500);
  }
}

function readProblem(thrown: unknown, fallbackStatus: number): Problem {
  if (isHostError(thrown) && thrown.isInternal) {
    const { status, headers } = thrown;
    const unexpected = !isCounted(thrown);
    return { status, code: 'internal/unexpected', detail: titleOf(status), headers, unexpected };
  }
  if (isHostError(thrown)) {
    const { status, code, message, headers, members } = thrown;
    return {
      status,
      code,
      detail: message,
      headers: code === 'inbox/unavailable' ? { 'retry-after': '5', ...headers } : headers,
      members,
      unexpected: status === 500,
    };
  }
  if (isHttpError(thrown)) {
    const { status, headers, detail = titleOf(status) } = thrown;
    return { status, code: `http/${status}`, detail, headers, unexpected: false };
  }
  return foreignProblem(thrown, fallbackStatus);
}

/** Errors as Express and its middleware throw them: `status` or `statusCode`, `expose`, `headers`. */
function foreignProblem(thrown: unknown, fallbackStatus: number): Problem {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
  const own = [error.status, error.statusCode].find((value) => isStatus(value) && value >= 400) as
    number | undefined;
  const status = own ?? fallbackStatus;
  const shown = status < 500 && error.expose !== false && typeof error.message === 'string';
  const { headers } = error;
  return {
    status,
    code: own === undefined ? 'internal/unexpected' : `http/${status}`,
    detail: shown ? error.message : titleOf(status),
    headers: own !== undefined && typeof headers === 'object' ? (headers as ReplyHeaders) : {},
    unexpected: own === undefined || status >= 500,
  };
}

/**
 * Answers with what was thrown; `report` is told of errors nobody meant. Never throws: an author's error may hold what
 * JSON cannot say, and then that is the error.
 */
export function answerThrown(
  request: GateRequest,
  response: GateResponse,
  thrown: unknown,
  report: (thrown: unknown) => void,
  fallbackStatus = 500,
): void {
  const problem = toProblem(thrown, fallbackStatus);
  if (problem.unexpected) report(thrown);
  try {
    writeProblem(request, response, problem);
  } catch (cause) {
    const unsayable = new HostError('endpoint/unserializable', [], { cause });
    report(unsayable);
    writeProblem(request, response, toProblem(unsayable));
  }
}

/** What `answerThrown` sends of `thrown`, as a value that can be kept. */
export function problemReply(request: GateRequest, response: GateResponse, thrown: unknown): Reply {
  const problem = toProblem(thrown);
  try {
    const body = Buffer.from(JSON.stringify(problemBody(request, response, problem)));
    return reply(problem.status, body, { ...problem.headers, ...PROBLEM_HEADERS });
  } catch (cause) {
    return problemReply(request, response, new HostError('endpoint/unserializable', [], { cause }));
  }
}

/**
 * Answers with a problem; the only writer of error bodies. Headers set so far are dropped, but for those a browser
 * needs to be shown the error at all. When an answer has begun nothing can be said any more: it is cut short.
 */
function writeProblem(request: GateRequest, response: GateResponse, problem: Problem): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  if (response.destroyed) return;
  for (const name of response.getHeaderNames()) if (!isKept(name)) response.removeHeader(name);
  setHeaders(response, problem.headers);
  if (response.standing !== undefined) setHeaders(response, response.standing);
  const body = Buffer.from(JSON.stringify(problemBody(request, response, problem)));
  response.statusCode = problem.status;
  response.statusMessage = titleOf(problem.status);
  response.setHeader('x-request-id', request.requestId);
  setHeaders(response, PROBLEM_HEADERS);
  response.setHeader('content-length', body.length);
  response.bodyBytes = body.length;
  if (problem.status === 413 && !request.complete) endAfterBody(request, response, body);
  else response.end(request.method === 'HEAD' ? undefined : body);
}

const PROBLEM_HEADERS: ReplyHeaders = {
  'content-type': 'application/problem+json; charset=utf-8',
  'x-content-type-options': 'nosniff',
};
const isKept = (name: string) => name === 'vary' || name.startsWith('access-control-');

/** The body of a problem; on old addresses with the members their callers know. */
function problemBody(
  request: Pick<GateRequest, 'originalUrl' | 'url' | 'requestId'>,
  response: Pick<GateResponse, 'isLegacy'>,
  problem: Problem,
): Record<string, unknown> {
  const target = request.originalUrl || request.url || '/';
  const title = titleOf(problem.status);
  const legacy = { error: title, message: typeof problem.detail === 'string' ? problem.detail : title };
  return {
    type: problem.code.startsWith('http/') ? 'about:blank' : `urn:gatehouse:error:${problem.code}`,
    title,
    status: problem.status,
    detail: problem.detail,
    instance: pathOf(target),
    code: problem.code,
    requestId: request.requestId,
    ...problem.members,
    ...(response.isLegacy ? legacy : {}),
  };
}

export function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

function setHeaders(response: GateResponse, headers: ReplyHeaders | null): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    try {
      response.setHeader(name, value as string | string[]);
    } catch {
      // A header that HTTP cannot carry must not turn a refusal into a crash; the status still says what is meant.
    }
  }
}

/** How long a client that may still be sending gets to read its refusal before the connection is cut. */
export const LINGER_MS = 1_000;

/**
 * Closes the connection, but only once the client had the time to read the answer: closing while it still sends
 * would reset the connection and lose the answer.
 */
function endAfterBody(request: GateRequest, response: GateResponse, body: Buffer): void {
  response.shouldKeepAlive = false;
  if (request.method !== 'HEAD') response.write(body);
  else response.flushHeaders();
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS).unref();
  request.once('end', end).once('close', end);
  request.resume();
}

/** The error's own account for the log: message and stack, of whatever was thrown. */
export function accountOf(thrown: unknown, mapStack: (stack: string) => string): Account {
  try {
    return readAccount(thrown, mapStack);
  } catch {
    const message = 'what was thrown throws when it is looked at';
    return { message, stack: message };
  }
}
interface Account {
  readonly message: string;
  readonly stack: string;
}

function readAccount(thrown: unknown, mapStack: (stack: string) => string): Account {
  const error = toError(thrown);
  const causes: string[] = [];
  let cause: unknown = error.cause;
  for (let depth = 0; depth < 5 && cause !== undefined && cause !== thrown; depth += 1) {
    const inner = toError(cause);
    causes.push(`caused by ${inner.stack ?? inner.message}`);
    cause = inner.cause === cause ? undefined : inner.cause;
  }
  return { message: error.message, stack: mapStack([error.stack ?? error.message, ...causes].join('\n')) };
}
