import { callFor } from '../core/actor';
import { HostError } from '../core/errors';
import { isThenable } from './awaited';
import { reportFailure } from './endpoint-call';
import type { LiveExchange } from './exchange';
import { throwMapped } from './mapped-errors';
import { outlastSwap } from './messages';
import { hasBody } from './request-head';
import { sanitiseRequest } from './sanitising';

/** Middleware as it is called; that ours are `req` and `res` is what the message classes are for. */
type MiddlewareFunction = (request: unknown, response: unknown, next: (thrown?: unknown) => void) => unknown;

interface MiddlewareOutcome {
  passed(): void;
  /** Not called for what a middleware answers itself: the response is its own then. */
  failed(thrown: unknown): void;
}

/**
 * Calls the middleware of an endpoint, in order, with an ordinary `req` and `res` as a Router at the plugin's root would get
 * them. False when one answers itself, or the time is up. @throws what one threw, as its plugin maps it
 */
export function passesMiddleware(exchange: LiveExchange): boolean | Promise<boolean> {
  const { target, live, response, isAnswered, isClosed } = exchange;
  if (isAnswered || isClosed) return false;
  if (target.use.length === 0) return true;
  return new Promise((resolve, reject) => {
    response.once('close', () => resolve(false));
    prepare(exchange);
    callNext(
      exchange,
      {
        passed: () => resolve(true),
        failed(thrown) {
          try {
            throwMapped(target.endpoint, live.actor, thrown);
          } catch (instead) {
            reject(instead as Error);
          }
        },
      },
      0,
    );
  });
}

/** At most one of the outcomes is called, once. */
function callNext(exchange: LiveExchange, outcome: MiddlewareOutcome, index: number): void {
  const { request, response, target, live } = exchange;
  const middleware = target.use[index] as MiddlewareFunction | undefined;
  if (middleware === undefined) {
    outcome.passed();
    return;
  }
  let isCalled = false;
  const next = (thrown?: unknown) => {
    if (isCalled) return;
    isCalled = true;
    // Somebody answered already: this middleware, or the end of its time.
    if (exchange.isAnswered || response.headersSent || response.destroyed) return;
    if (thrown === 'router') outcome.failed(new HostError('request/not-found', [exchange.path]));
    else if (thrown && thrown !== 'route') outcome.failed(thrown);
    else if (isTaken(exchange)) outcome.failed(new HostError('endpoint/body-taken', []));
    else callNext(exchange, outcome, index + 1);
  };
  const failed = (thrown: unknown) => {
    if (isCalled) reportFailure(exchange, thrown);
    else next(thrown || new Error(`the middleware threw ${String(thrown)}`));
  };
  let returned: unknown;
  try {
    returned = callFor(live.actor, middleware, request, response, next);
  } catch (thrown) {
    failed(thrown);
    return;
  }
  if (isThenable(returned)) Promise.resolve(returned).then(undefined, failed);
}

/** The body is the endpoint's: what was read of it by anybody else, or is about to be, no handler would see. */
function isTaken({ request, isRead }: LiveExchange): boolean {
  return !isRead && hasBody(request) && (request.readableDidRead || request.readableFlowing !== null);
}

function prepare(exchange: LiveExchange): void {
  const { request, response, target, params, baseUrl, path } = exchange;
  outlastSwap(response);
  response.locals = Object.create(null) as object;
  response.setHeader('x-request-id', request.requestId);
  sanitiseRequest(request, target);
  const at = request.originalUrl.indexOf('?');
  request.baseUrl = baseUrl;
  request.url = at === -1 ? path : path + request.originalUrl.slice(at);
  request.params = { ...params };
}
