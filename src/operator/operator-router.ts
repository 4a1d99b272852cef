import { Router, type Request, type Response } from 'express';
import { HostError } from '../core/errors';
import type { AuditLog } from '../core/ports/audit';
import { isLocalOperator, type Identity, type OperatorAuth } from '../core/ports/operator-auth';
import { OpenStreams } from './open-streams';
import type { Operation, OperationCall } from './operation';
import { readJsonBody } from './operations/json-body';
import { operations as allOperations } from './operations/operations';
import type { Operator } from './operator';
import { admit, mayPerform, performOperation, type OperationSource } from './perform-operation';

export interface OperatorRouterParts {
  /** Where changes are written; absent in a host that keeps none. */
  readonly audit?: Pick<AuditLog, 'record'> | undefined;
  /** Default: all. */
  readonly operations?: readonly Operation[] | undefined;
}

/**
 * The HTTP face of the operator, to be mounted at `/api/operator`: one route for each operation. Who is not known gets 401,
 * whatever they ask for; who is known and does not hold the operation's scope gets 403 operator/scope. Every change is written
 * to the audit before it is answered. Errors go to the application's problem writer.
 */
export function createOperatorRouter(
  operator: Operator,
  auth: Pick<OperatorAuth, 'identify' | 'session'>,
  { audit, operations = allOperations }: OperatorRouterParts = {},
): Router {
  const router = Router({ caseSensitive: true });
  const identify = (request: Request) => auth.identify(request) ?? auth.session?.(request);
  const streams = new OpenStreams();
  router.use((request, response, next) => {
    response.set('cache-control', 'no-store');
    const caller = identify(request);
    if (caller === undefined)
      throw new HostError('request/unauthorized', [], { headers: { 'www-authenticate': 'Bearer' } });
    callers.set(request, caller);
    next();
  });
  for (const operation of operations) {
    const verb = operation.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    router[verb](operation.path, (request, response) =>
      answer(operation, request, response, { operator, audit, identify, streams }),
    );
  }
  return router;
}

/** Looked up once for a request. */
const callers = new WeakMap<Request, Identity>();

interface AnswerParts extends Pick<OperatorRouterParts, 'audit'> {
  readonly operator: Operator;
  readonly identify: (request: Request) => Identity | undefined;
  readonly streams: OpenStreams;
}

async function answer(
  operation: Operation,
  request: Request,
  response: Response,
  { operator, audit, identify, streams }: AnswerParts,
): Promise<void> {
  const caller = callers.get(request) as Identity;
  // Each stands for one segment, so it is a string; Express's types do not see it.
  const params = { ...request.params } as Readonly<Record<string, string>>;
  const { query } = request;
  const source: OperationSource = { via: viaOf(request, caller), ip: ipOf(request), audit };
  await admit(operation, { params, query }, caller, source);
  const body = await readJsonBody(operation, request, response);
  const isStillAllowed = () => {
    const now = identify(request);
    return now?.name === caller.name && mayPerform(operation, { params, query }, now);
  };
  const signal = leavingOf(response);
  const call: OperationCall = { operator, params, query, body, caller, signal, isStillAllowed };
  const { run, serve, write } = operation;
  if (operation.answerType === 'text/event-stream') response.once('close', streams.enter(caller));
  if (serve !== undefined) {
    await performOperation(operation, call, source, () => serve(call, request, response));
    return;
  }
  const answered = await performOperation(operation, call, source, async () => run?.(call));
  if (write !== undefined) write(answered, request, response);
  else if (answered === undefined) response.status(204).end();
  else response.json(answered);
}

function viaOf(request: Request, { via }: Identity): OperationSource['via'] {
  if (isLocalOperator(request)) return 'socket';
  return via ?? 'token';
}

const ipOf = (request: Request) => (isLocalOperator(request) ? undefined : request.ip);

/** Aborts when the connection closes before the answer. */
function leavingOf(response: Response): AbortSignal {
  const left = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) left.abort(new DOMException('the caller left', 'AbortError'));
  });
  return left.signal;
}
