import { modesOf, type AccessMode, type EndpointAccess } from '../../core/access';
import { accessIssues } from '../../core/access-issues';
import type { Endpoint } from '../../core/declaration';
import type { Exchange, Method } from '../../core/exchange';
import { count } from '../../core/option-issues';
import { STANDARD_RETRY } from '../../core/retry';
import type { App } from './app';
import type { FileRoute } from './file-route';
import { commonBag, type HandlerBag } from './handler-bag';
import { toEarlyAnswer, toHandlerReply } from './handler-reply';
import {
  handlerRequest,
  WITHHELD_OF_SERVER,
  WITHHELD_OF_WEBHOOKS,
  type HandlerUser,
} from './handler-request';
import { RawBody } from './raw-body';

type Exports = Readonly<Record<string, unknown>>;
type Handler = (bag: HandlerBag) => unknown;

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What stands before `server` routes, below the plugin; webhooks stand there themselves. */
export const SERVER_PREFIX = '/_server';

/** The endpoints of one file; what is wrong with it goes to `issues`. */
export function fileEndpoints(app: App, route: FileRoute, written: Exports, issues: string[]): Endpoint[] {
  const { file } = route;
  const methods = METHODS.filter((method) => written[method] !== undefined);
  const timeoutMs = timeoutIn(written['config']);
  const access = written['access'];
  issues.push(
    ...(methods.length === 0
      ? [`${file} exports none of ${METHODS.join(', ')}; what is no route gets a name that begins with "_"`]
      : []),
    ...methods
      .filter((method) => typeof written[method] !== 'function')
      .map((method) => `${file}: ${method} is no function`),
    ...(typeof timeoutMs === 'string' ? [`${file}: ${timeoutMs}`] : []),
    ...(access === undefined ? [] : accessIssues(access).map((issue) => `${file}: ${issue}`)),
  );
  if (issues.length > 0) return [];
  return methods.map((method) => ({
    kind: 'endpoint',
    origin: { dialect: 'file-handlers', where: file },
    method,
    path: route.folder === 'server' ? `${SERVER_PREFIX}${route.path}` : route.path,
    reach: 'exact',
    access: accessOf(app, route, access as EndpointAccess | undefined),
    isAccessChosen: true,
    isWebhook: true,
    body: { kind: 'auto' },
    answer: 'handler',
    // A browser that comes back with a code of OAuth asks with GET: of that no receipt is kept.
    ...(method === 'GET' && { record: false }),
    retry: STANDARD_RETRY,
    aliases: [
      { base: route.folder === 'server' ? app.serverBase : app.hookBase, path: route.path, share: 'sole' },
    ],
    // Names that are the host's below the plugin are an app's to use at its own address.
    yields: route.folder === 'webhooks',
    ...(typeof timeoutMs === 'number' && { timeoutMs }),
    title: file,
    serve: { handle: (exchange) => serve(app, route, written[method] as Handler, exchange) },
  }));
}

/** Milliseconds; a text says what is wrong with it. */
function timeoutIn(config: unknown): number | string | undefined {
  if (config === undefined) return undefined;
  const timeout: unknown =
    typeof config === 'object' && config !== null ? (config as Exports)['timeout'] : config;
  if (timeout === undefined) return undefined;
  const issue = count(timeout);
  return issue === undefined ? (timeout as number) : `config.timeout ${issue}, in milliseconds`;
}

/** What the file asks for holds besides what its folder does. */
function accessOf(app: App, { folder }: FileRoute, more: EndpointAccess | undefined): EndpointAccess {
  const own: AccessMode = folder === 'server' ? { scope: `app:${app.id}` } : { signedUrl: true };
  const modes = (more === undefined ? [] : modesOf(more)).filter(
    (mode) => mode !== 'public' && !(typeof mode === 'object' && 'signedUrl' in mode && 'signedUrl' in own),
  );
  return modes.length === 0 ? own : [own, ...modes];
}

async function serve(app: App, route: FileRoute, handler: Handler, exchange: Exchange): Promise<unknown> {
  const isServer = route.folder === 'server';
  const rawBody = new RawBody(() => exchange.raw);
  const { user, roles } = isServer ? callerOf(exchange) : { user: userNamed(app.manifest.owner), roles: [] };
  const bag = commonBag({
    services: app.services,
    dependencies: app.manifest.dependencies,
    user: user.id,
    rawBody,
    job: exchange.job,
  });
  const request = handlerRequest({
    ...{ exchange, rawBody, user, roles },
    prefix: isServer ? SERVER_PREFIX : '',
    withheld: isServer ? WITHHELD_OF_SERVER : WITHHELD_OF_WEBHOOKS,
  });
  const respond = async (answer: unknown) => exchange.respond(toEarlyAnswer(answer));
  // Not spread: that would ask for each service that the bag only gives when it is asked for.
  return toHandlerReply(await handler(Object.assign(bag, { request, respond })));
}

/** Who asks a `server` route: whoever the token was made for, which may be that of a session of the console; else the operator. */
function callerOf({ verified }: Exchange): { readonly user: HandlerUser; readonly roles: readonly string[] } {
  const caller = verified?.caller;
  if (caller === undefined) return { user: userNamed('operator'), roles: [] };
  return { user: userNamed(caller.id), roles: caller.roles };
}

/** What a token is called is no name of whom it was made for. */
function userNamed(id: string): HandlerUser {
  return { id, username: id, name: id };
}
