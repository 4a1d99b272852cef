import { Router, type Request, type RequestHandler, type Response } from 'express';
import { HostError } from '../core/errors';
import { mayAsk, type OperatorAuth } from '../core/ports/operator-auth';
import type { Transition } from '../core/ports/plugin-registry';
import { createChannelsRouter } from './channels-router';
import { createConfigRouter } from './config-router';
import { createBindingsRouter, createEventsRouter } from './events-router';
import { createInboxRouter } from './inbox-router';
import { createLogRouter } from './log-router';
import type { Operator } from './operator';
import { createDoctorRouter, createQuarantineRouter } from './quarantine-router';
import { createRunsRouter } from './runs-router';
import { createSecretsRouter } from './secrets-router';
import { createSendRouter } from './send-router';
import { createTokensRouter } from './tokens-router';
import { createToolsRouter } from './tools-router';
import { createUrlsRouter } from './urls-router';
import { createUsersRouter } from './users-router';

/**
 * The HTTP face of the operator, to be mounted at `/api/operator`. Every route asks `auth` first, and who holds the
 * scope `read` may read; errors go to the
 * application's problem writer. An enable, disable or reload that failed on a host answers 409 with the Transition, stack
 * included, in the problem's `transition`; 504 where nothing failed but a host did not answer in time.
 */
export function createOperatorRouter(operator: Operator, auth: OperatorAuth): Router {
  const router = Router({ caseSensitive: true });
  router.use(onlyOperators(auth));
  router.get('/plugins', async (_request, response) => {
    response.json({ plugins: await operator.plugins() });
  });
  router.get('/plugins/:key', async (request, response) => {
    response.json(await operator.plugin(request.params.key));
  });
  for (const verb of ['enable', 'disable', 'reload'] as const)
    router.post(`/plugins/:key/${verb}`, async (request, response) => {
      // `:key` is one segment, so it is a string; Express's types do not see it through the template.
      answer(request, response, await operator[verb](String(request.params['key'])));
    });
  router.get('/plugins/:key/types', async ({ params: { key } }, response) => {
    response.json({ plugin: key, types: await operator.types(key) });
  });
  router.use(
    '/plugins/:key/urls',
    createUrlsRouter(() => operator.urls),
  );
  router.use(
    '/plugins/:key/config',
    createConfigRouter(() => operator.configs),
  );
  router.get('/explain', async (request, response) => {
    const { method, path } = request.query;
    response.json(await operator.explain(asText('method', method).toUpperCase(), asText('path', path)));
  });
  router.get('/deprecations', async (_request, response) => {
    response.json({ deprecations: await operator.deprecations() });
  });
  for (const [path, part] of Object.entries(partsOf(operator, auth))) router.use(path, part);
  return router;
}

/** What has a router of its own, by its path. */
function partsOf(operator: Operator, auth: OperatorAuth): Readonly<Record<string, Router>> {
  return {
    '/inbox': createInboxRouter(() => operator.inbox),
    '/channels': createChannelsRouter(() => operator.channels),
    '/logs': createLogRouter(() => operator.logs),
    '/quarantine': createQuarantineRouter(() => operator.quarantine),
    '/doctor': createDoctorRouter(() => operator.doctor),
    '/secrets': createSecretsRouter(() => operator.secrets),
    '/users': createUsersRouter(() => operator.users),
    '/send': createSendRouter(() => operator.sending),
    '/tools': createToolsRouter(() => operator.tools, auth),
    '/bindings': createBindingsRouter(() => operator.events),
    '/events': createEventsRouter(() => operator.events),
    '/tokens': createTokensRouter(() => operator.tokens),
    '/runs': createRunsRouter(() => operator.runs),
  };
}

function onlyOperators(auth: OperatorAuth): RequestHandler {
  return (request, response, next) => {
    response.set('cache-control', 'no-store');
    if (auth.allows(request) || (isReading(request) && mayAsk(auth, request, 'read'))) next();
    else next(new HostError('request/unauthorized', [], { headers: { 'www-authenticate': 'Bearer' } }));
  };
}

/** What changes nothing, and tells no secret: tokens of addresses are told where `show` is asked for. */
function isReading({ method, query: { show } }: Request): boolean {
  return (method === 'GET' || method === 'HEAD') && show === undefined;
}

function asText(name: string, given: unknown): string {
  if (typeof given === 'string' && given !== '') return given;
  throw new HostError('request/missing-query', [name]);
}

function answer(request: Request, response: Response, transition: Transition): void {
  if (transition.ok) {
    response.json(transition);
    return;
  }
  const { status, title, code, detail } = problemOf(transition);
  response.status(status).type('application/problem+json');
  // `json` would keep the type; the body is written whole because only here a problem carries a stack.
  response.send(
    JSON.stringify({
      type: 'about:blank',
      title,
      status,
      detail,
      instance: request.originalUrl,
      code,
      requestId: response.get('x-request-id'),
      transition,
    }),
  );
}

function problemOf({ key, state, failure, hosts = [] }: Transition) {
  const conflict = { status: 409, title: 'Conflict', code: failure?.code ?? 'internal/unexpected' };
  const failed = hosts.filter(({ outcome }) => outcome === 'failed').map(({ url }) => url);
  const silent = hosts.filter(({ outcome }) => outcome === 'silent').map(({ url }) => url);
  if (failed.length > 0) {
    const where = `${failed.length} of ${hosts.length} hosts (${failed.join(', ')})`;
    return { ...conflict, detail: `On ${where}: ${failure?.message ?? 'it failed'}` };
  }
  if (silent.length > 0) {
    const { status, code, message } = new HostError('plugin/silent-host', [key, silent.join(', ')]);
    return { status, title: 'Gateway Timeout', code, detail: message };
  }
  return { ...conflict, detail: failure?.message ?? `${key} is ${state}` };
}
