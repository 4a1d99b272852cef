import { callFor } from '../core/actor';
import { HostError } from '../core/errors';
import { writeAnswer } from './answer';
import { isThenable } from './awaited';
import { continueBody, isJson, mediaTypeOf, NO_BYTES, readBuffered } from './body';
import type { Deadlines } from './deadlines';
import type { LiveExchange } from './exchange';
import { checkForm, formLimits } from './form-rules';
import { IncomingParts } from './incoming-parts';
import { MappedReply } from './mapped-errors';
import { spoolForm } from './multipart';
import { UploadMeter } from './multipart-progress';
import { accountOf, answerThrown } from './problem';
import { hasBody } from './request-head';

/** How the result of one call is taken: by the response, or by what gathers several. */
export interface Outlet {
  succeed(exchange: LiveExchange, value: unknown): void;
  fail(exchange: LiveExchange, thrown: unknown): void;
}

/** Ends a call with what was thrown before its handler was called: an error, or what its plugin answers in place of one. */
export function endWith(exchange: LiveExchange, outlet: Outlet, thrown: unknown): void {
  if (thrown instanceof MappedReply) outlet.succeed(exchange, thrown.reply);
  else outlet.fail(exchange, thrown);
}

/** Reads the body the endpoint asks for, then calls its handler. */
export function callEndpoint(exchange: LiveExchange, deadlines: Deadlines, outlet: Outlet): void {
  const { request, target } = exchange;
  if (target.bodyKind === 'stream') {
    continueBody(request);
    callHandler(exchange, deadlines, outlet);
    return;
  }
  if (target.bodyKind === 'parts') {
    const refusal = hasBody(request) ? wrongType('parts', mediaTypeOf(request)) : undefined;
    if (refusal !== undefined) {
      outlet.fail(exchange, refusal);
      return;
    }
    exchange.takeParts(new IncomingParts(exchange));
    callHandler(exchange, deadlines, outlet);
    return;
  }
  if (!hasBody(request)) {
    exchange.takeBytes(NO_BYTES);
    callChecked(exchange, deadlines, outlet);
    return;
  }
  const mediaType = mediaTypeOf(request);
  const refusal = wrongType(target.bodyKind, mediaType);
  if (refusal !== undefined) {
    outlet.fail(exchange, refusal);
    return;
  }
  if (mediaType === 'multipart/form-data' && target.bodyKind !== 'raw') {
    readForm(exchange, deadlines, outlet).catch((failure: unknown) => outlet.fail(exchange, failure));
    return;
  }
  readBuffered(request, target.limits.bufferedBytes, (failure, bytes) => {
    if (failure === undefined) {
      exchange.takeBytes(bytes);
      callChecked(exchange, deadlines, outlet);
    } else outlet.fail(exchange, failure);
  });
}

async function readForm(exchange: LiveExchange, deadlines: Deadlines, outlet: Outlet): Promise<void> {
  const meter = UploadMeter.of(exchange);
  exchange.takeForm(await spoolForm(exchange.request, formLimits(exchange.target), meter));
  callChecked(exchange, deadlines, outlet);
}

/** Calls the handler once what arrived is what the endpoint declared. */
export function callChecked(exchange: LiveExchange, deadlines: Deadlines, outlet: Outlet): void {
  if (exchange.isClosed) return;
  const { fileRules, fieldRules } = exchange.target;
  if (fileRules !== undefined || fieldRules !== undefined) {
    try {
      checkForm(exchange.target, exchange.spooled?.files ?? [], exchange.fields);
    } catch (refusal) {
      outlet.fail(exchange, refusal);
      return;
    }
  }
  callHandler(exchange, deadlines, outlet);
}

/** A result that arrives after the time was up, or after the client left, is dropped. */
export function callHandler(exchange: LiveExchange, deadlines: Deadlines, outlet: Outlet): void {
  const { handle } = exchange.target;
  if (handle === undefined) return;
  exchange.isPending = true;
  let result: unknown;
  let isLater: boolean;
  try {
    result = callFor(exchange.live.actor, handle, exchange);
    isLater = isThenable(result);
  } catch (thrown) {
    if (exchange.isAnswered) reportLate(exchange, { thrown });
    else outlet.fail(exchange, thrown);
    exchange.settled();
    return;
  }
  if (!isLater) {
    outlet.succeed(exchange, result);
    exchange.settled();
    return;
  }
  if (!exchange.isAnswered) startDeadline(exchange, deadlines, outlet);
  const settle = () => {
    deadlines.remove(exchange);
    exchange.settled();
  };
  // Adopted, not trusted: a thenable may call back twice, or throw.
  Promise.resolve(result as PromiseLike<unknown>).then(
    (value) => {
      if (exchange.isAnswered) reportLate(exchange, undefined);
      else outlet.succeed(exchange, value);
      settle();
    },
    (thrown: unknown) => {
      if (exchange.isAnswered) reportLate(exchange, { thrown });
      else outlet.fail(exchange, thrown);
      settle();
    },
  );
}

/** From here on the answer is due; what was spent before counts. */
export function startDeadline(
  exchange: LiveExchange,
  deadlines: Deadlines,
  outlet: Pick<Outlet, 'fail'>,
): void {
  const { timeoutMs } = exchange.target;
  exchange.onTimeout = (late) => {
    const error = new HostError('endpoint/timeout', [timeoutMs], { headers: { 'retry-after': '5' } });
    late.abort(error);
    outlet.fail(late, error);
    // Nobody waits for its result any more, so it no longer holds the generation: it may never settle.
    late.settled();
  };
  deadlines.add(exchange, timeoutMs - (exchange.spentMs ?? 0));
}

function reportLate(exchange: LiveExchange, failure: { readonly thrown: unknown } | undefined): void {
  const { live, target, requestId } = exchange;
  const what = `${target.endpoint.method} ${target.endpoint.path || target.endpoint.origin.where}`;
  // What a handler returns that answered early is no answer.
  if (failure === undefined && exchange.isEarly) return;
  if (failure === undefined) {
    live.logger.warn(`${what} answered after its time was up; the answer was dropped`, { requestId });
    return;
  }
  const { message, stack } = accountOf(failure.thrown, live.mapStack);
  live.logger.error(
    `${what} failed after ${exchange.isEarly ? 'it had answered' : 'its time was up'}: ${message}`,
    { requestId, stack },
  );
}

/** The outlet of an ordinary call: its response. */
export const responseOutlet: Outlet = {
  succeed(exchange, value) {
    if (exchange.isAnswered) return;
    exchange.isAnswered = true;
    const { request, response } = exchange;
    if (response.destroyed || response.headersSent) return;
    try {
      writeAnswer(request, response, value, (error) => answerProblem(exchange, error));
    } catch (thrown) {
      answerProblem(exchange, thrown);
    }
  },
  fail(exchange, thrown) {
    if (exchange.isAnswered) return;
    exchange.isAnswered = true;
    answerProblem(exchange, thrown);
  },
};

function answerProblem(exchange: LiveExchange, thrown: unknown): void {
  answerThrown(exchange.request, exchange.response, thrown, (error) => reportFailure(exchange, error));
}

/** The one log line of an error nobody meant. */
export function reportFailure(exchange: LiveExchange, thrown: unknown): void {
  const { live, target, requestId } = exchange;
  const { message, stack } = accountOf(thrown, live.mapStack);
  const what = `${target.endpoint.method} ${target.endpoint.path || target.endpoint.origin.where}`;
  live.logger.error(`${what} failed: ${message}`, { requestId, stack });
}

/** Why an endpoint with this body policy takes no body of `mediaType`; undefined when it does. */
export function wrongType(kind: string, mediaType: string): HostError | undefined {
  if (kind === 'json' && !isJson(mediaType))
    return new HostError('body/wrong-type', ['JSON (application/json)']);
  if (kind === 'form' && mediaType !== 'application/x-www-form-urlencoded')
    return new HostError('body/wrong-type', ['a form (application/x-www-form-urlencoded)']);
  if ((kind === 'multipart' || kind === 'parts') && mediaType !== 'multipart/form-data')
    return new HostError('body/wrong-type', ['a form (multipart/form-data)']);
  return undefined;
}
