import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express';
import { HostError } from '../core/errors';
import type { OperatorAuth } from '../core/ports/operator-auth';
import type { ToolsDesk } from './tools-desk';

const LARGEST_BODY = '5mb';
const NO_JSON = 'the body is { "input": … }, sent as application/json';

/**
 * The tools' part of the operator API, below `/tools`: `GET /`, and `POST /<key>/<name>` (`{ input? }`) calls one and answers
 * `{ output }`, in the name of the user whose token asks; what the caller leaves is given up.
 */
export function createToolsRouter(desk: () => ToolsDesk, auth: Pick<OperatorAuth, 'identify'>): Router {
  const router = Router({ caseSensitive: true });
  router.use(express.json({ limit: LARGEST_BODY }), refuseBody);
  router.get('/', async (_request, response) => {
    response.json({ tools: await desk().list() });
  });
  router.post('/:key/:name', async (request, response) => {
    const { key, name } = request.params;
    const user = auth.identify(request)?.user;
    const output = await desk().call(key, name, inputIn(request), leavingOf(response), user);
    response.json({ output });
  });
  return router;
}

function inputIn({ body, headers }: Request): unknown {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  // What is not sent as JSON is not read: a call without its input is not what was meant.
  if (body === undefined) return hasBody ? refuse(NO_JSON) : undefined;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  if (Object.keys(body).some((name) => name !== 'input'))
    return refuse('the body knows input, and no other member');
  return (body as { readonly input?: unknown }).input;
}

/** Aborts when the connection closes before the answer. */
function leavingOf(response: Response): AbortSignal {
  const left = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) left.abort(new DOMException('the caller left', 'AbortError'));
  });
  return left.signal;
}

const refuseBody: ErrorRequestHandler = (error: { status?: unknown }, _request, _response, next) => {
  next(new HostError('tools/bad-request', [error.status === 413 ? 'the body is too large' : NO_JSON]));
};

function refuse(why: string): never {
  throw new HostError('tools/bad-request', [why]);
}
