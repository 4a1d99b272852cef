import express, {
  Router,
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Logger } from 'winston';
import { HostError, isHostError } from '../core/errors';
import type { AuditLog } from '../core/ports/audit';
import type { OperatorAuth } from '../core/ports/operator-auth';
import { sessionCookies } from './session-cookie';
import { SESSION_MS, type Sessions } from './sessions';
import { SignInLimit } from './sign-in-limit';

export interface SessionRouterParts {
  readonly sessions: Sessions;
  readonly auth: OperatorAuth;
  readonly logger: Logger;
  readonly publicUrl: string | undefined;
  /** What counts as one caller: of IPv6 a network. Default: the address itself. */
  readonly networkOf?: ((ip: string) => string) | undefined;
  /** Absent in a host that keeps none. */
  readonly audit?: Pick<AuditLog, 'record'> | undefined;
}

const LIMIT = '4kb';
const NO_JSON = 'the body is a JSON object { token }, sent as application/json';

/**
 * Signing in at the console, to be mounted at `/api/operator/session` before the rest of the operator API: `POST { token }`
 * answers 204 with the cookie, `GET` who is signed in and until when, `DELETE` signs out. Whatever is wrong with a token is the
 * same 401; after ten failures of an address in five minutes it is a 429, and a right one signs in all the same.
 */
export function createSessionRouter(parts: SessionRouterParts): Router {
  const { sessions, auth, publicUrl, audit } = parts;
  const router = Router({ caseSensitive: true });
  const signIn = createSignIn(parts);
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.post(
    '/',
    refuseForeign,
    express.json({ limit: LIMIT }),
    refuseBody,
    async (request: Request, response: Response) => {
      await signIn(request, response);
    },
  );
  router.get('/', (request, response) => {
    const current = sessions.current(request) ?? { identity: auth.identify(request), expiresAt: undefined };
    if (current.identity === undefined) throw unauthorized();
    const { name, scopes } = current.identity;
    response.json({ name, scopes, expiresAt: current.expiresAt });
  });
  router.delete('/', async (request, response) => {
    const current = sessions.current(request);
    if (current === undefined) throw unauthorized();
    await sessions.close(request);
    await audit?.record(entryOf('sessions.close', current.identity.name, request));
    response.set('set-cookie', [...sessionCookies(undefined, 0, askedOf(request), publicUrl)]);
    response.status(204).end();
  });
  return router;
}

function createSignIn({ sessions, logger, audit, publicUrl, networkOf = (ip) => ip }: SessionRouterParts) {
  const limit = new SignInLimit();
  return async (request: Request, response: Response): Promise<void> => {
    const ip = request.ip ?? '';
    const token = tokenIn(request.body);
    // Compared first, in constant time: failures of others at the same address lock nobody out. A token is too long to guess.
    const opened = await sessions.open(token, ip);
    if (opened === undefined) {
      await limit.count(networkOf(ip));
      logger.warn('a sign-in at the console was refused', { ip });
      throw unauthorized();
    }
    // One browser has one session: what it came with is over.
    await sessions.close(request);
    const { name } = opened.identity;
    await audit?.record(entryOf('sessions.open', name, request));
    const maxAge = Math.floor(SESSION_MS / 1_000);
    response.set('set-cookie', [
      ...sessionCookies(opened.value.reveal(), maxAge, askedOf(request), publicUrl),
    ]);
    response.status(204).end();
  };
}

/**
 * What browsers say of the page that asks (Fetch Metadata §2) they say to protected addresses alone: where they do not,
 * nothing keeps the pages of others out, and the console's page would not be told its token.
 * @throws operator/no-sign-in
 */
const refuseForeign: RequestHandler = ({ headers }, _response, next) => {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin')
    next(new HostError('operator/no-sign-in', ['another page asks for it']));
  else if (origin !== undefined && site === undefined)
    next(
      new HostError('operator/no-sign-in', [
        'this browser does not protect the page; open it over https, or on the machine itself over http://127.0.0.1',
      ]),
    );
  else next();
};

/** The parser's own messages quote the body, and with it the token. */
const refuseBody: ErrorRequestHandler = (error: { readonly status?: unknown }, _request, _response, next) => {
  if (isHostError(error)) next(error);
  else
    next(new HostError('operator/bad-sign-in', [error.status === 413 ? 'the body is too large' : NO_JSON]));
};

/** @throws operator/bad-sign-in */
function tokenIn(body: unknown): string {
  const token =
    typeof body === 'object' && body !== null ? (body as { readonly token?: unknown }).token : undefined;
  if (typeof token === 'string' && token !== '') return token;
  throw new HostError('operator/bad-sign-in', [NO_JSON]);
}

function askedOf(request: Request) {
  return { origin: request.get('origin'), host: request.host, isSecure: request.secure };
}

function entryOf(verb: string, who: string, { ip }: Request) {
  return {
    ...({ who, via: 'console', ip, verb, subject: who } as const),
    ...{ before: undefined, after: undefined, outcome: 'done' },
  };
}

const unauthorized = () =>
  new HostError('request/unauthorized', [], { headers: { 'www-authenticate': 'Bearer' } });
