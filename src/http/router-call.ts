import { callFor } from '../core/actor';
import { HostError } from '../core/errors';
import type { LeaseHolder, LiveMount } from '../core/live-mount';
import { isReply } from '../core/reply';
import type { RetireReason } from '../core/scope';
import { writeReply } from './answer';
import { admitBody, continueBody } from './body';
import { sayGoodbye } from './goodbye';
import type { Gate } from './gate';
import { passRouterGuard } from './guarded-router';
import { mappedError } from './mapped-errors';
import { outlastSwap, type GateRequest, type GateResponse, type Passage } from './messages';
import { accountOf, answerThrown } from './problem';
import { pathOf } from './request-path';
import type { RouteTable } from './route-table';
import { dropSession, namesSession } from './sanitising';
import { needsWire, type Target } from './target';

/** The lease of a request that a Router answers. It ends with the response: a Router says no sooner that it is done. */
class RouterPassage implements LeaseHolder, Passage {
  previousHolder: LeaseHolder | undefined = undefined;
  nextHolder: LeaseHolder | undefined = undefined;
  constructor(
    readonly response: GateResponse,
    readonly live: LiveMount,
  ) {
    live.enter(this);
  }
  retiring(reason: RetireReason): void {
    sayGoodbye(this.response, reason);
  }
  expired(): void {
    this.response.destroy();
    this.responseClosed();
  }
  responseClosed(): void {
    this.live.leave(this);
  }
}

interface RouterCall {
  readonly gate: Gate;
  readonly request: GateRequest;
  readonly response: GateResponse;
  readonly live: LiveMount;
  readonly routes: RouteTable;
  /** The prefix before `path`, as used. */
  readonly base: string;
  /** Starts with `/`, no query. */
  readonly path: string;
}

/**
 * Hands a request to the Routers that cover its path, in order, each with an ordinary `req` and `res`, until one
 * answers. What no Router answers is 404; errors end in the problem writer.
 */
export function callRouters(call: RouterCall): void {
  const { request, response, live } = call;
  response.passage = new RouterPassage(response, live);
  outlastSwap(response);
  response.locals = Object.create(null) as object;
  response.setHeader('x-request-id', request.requestId);
  callNext(call, 0, undefined);
}

function callNext(call: RouterCall, from: number, failure: unknown): void {
  const { request, response, routes, path, base } = call;
  const covering = failure === undefined ? routes.subtree(path, from) : undefined;
  if (covering === undefined) {
    finishRouters(request, response, call.live, failure);
    return;
  }
  const { match, index } = covering;
  response.measured = match.target;
  const rest = path.slice(match.taken);
  // Asked for each time: what a gate took for itself no later Router sees.
  const at = request.originalUrl.indexOf('?');
  const query = at === -1 ? '' : request.originalUrl.slice(at);
  request.baseUrl = match.taken === 0 ? base : base + path.slice(0, match.taken);
  request.url = rest.startsWith('/') ? rest + query : `/${rest}${query}`;
  request.params = match.params;
  const next = (thrown?: unknown) => {
    if (isNothing(thrown)) callNext(call, index + 1, undefined);
    else failRouter(call, match.target, thrown);
  };
  if (match.target.isGuarded) enterGuarded(call, match.target, next);
  else enter(call, match.target, next);
}

function enter(call: RouterCall, target: Target, next: (thrown?: unknown) => void): void {
  const { request, response, live } = call;
  try {
    const { limitBytes } = target.endpoint.body;
    if (limitBytes !== undefined) admitBody(request, limitBytes);
    countBody(call, limitBytes);
    continueBody(request);
    if (namesSession(request)) dropSession(request);
    callRouter(call, target, next);
  } catch (thrown) {
    finishRouters(request, response, live, thrown ?? new Error(String(thrown)));
  }
}

function enterGuarded(call: RouterCall, target: Target, next: (thrown?: unknown) => void): void {
  const { gate, request, response, live } = call;
  // Now: bytes may come while it is asked who sends them. Of a body that is judged the reader counts.
  if (!needsWire(target.guard)) countBody(call, target.endpoint.body.limitBytes);
  passRouterGuard(gate, { request, response, key: live.mount.key, target })
    .then((goesOn) => {
      if (!goesOn || response.headersSent || response.destroyed) return;
      callRouter(call, target, next);
    })
    .catch((thrown: unknown) => finishRouters(request, response, live, thrown ?? new Error(String(thrown))));
}

function callRouter({ request, response, live }: RouterCall, { router }: Target, next: () => void): void {
  if (router !== undefined) callFor(live.actor, router as RouterFunction, request, response, next);
  else next();
}

/** Ends with what a Router threw, or with what its plugin answers in place of it. */
function failRouter({ request, response, live }: RouterCall, { endpoint }: Target, thrown: unknown): void {
  const instead = mappedError(endpoint, live.actor, thrown);
  const isAnswer = isReply(instead) && instead !== thrown && !response.headersSent;
  try {
    if (isAnswer) writeReply(request, response, instead, () => response.destroy());
    else finishRouters(request, response, live, instead ?? thrown);
  } catch (unsayable) {
    finishRouters(request, response, live, unsayable);
  }
}

/** Holds a Router to the limit it was mounted with, however it reads. */
function countBody({ request, response, live }: RouterCall, limitBytes: number | undefined): void {
  if (limitBytes === undefined) return;
  request.bodyLeft = limitBytes;
  request.onBodyOver = () =>
    finishRouters(request, response, live, new HostError('body/too-large', [limitBytes]));
}

/** Express passes on where nothing, or something falsy, was thrown. */
const isNothing = (thrown: unknown) => !thrown || thrown === 'router';

/** A Router as it is called; that ours are `req` and `res` is what the message classes are for. */
type RouterFunction = (request: unknown, response: unknown, next: (thrown?: unknown) => void) => void;

/** What Express's final handler decides, answered by the problem writer. */
function finishRouters(
  request: GateRequest,
  response: GateResponse,
  live: LiveMount,
  failure: unknown,
): void {
  const path = pathOf(request.originalUrl);
  const report = (thrown: unknown) => {
    const { message, stack } = accountOf(thrown, live.mapStack);
    const { requestId } = request;
    live.logger.error(`${request.method ?? ''} ${path} failed: ${message}`, { requestId, stack });
  };
  if (failure === undefined) {
    if (response.headersSent) return;
    answerThrown(request, response, new HostError('request/not-found', [path]), report);
    return;
  }
  const { statusCode } = response;
  const fallbackStatus = statusCode >= 400 && statusCode <= 599 ? statusCode : 500;
  answerThrown(request, response, failure, report, fallbackStatus);
}
