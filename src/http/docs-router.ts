import express, { type RequestHandler, type Response } from 'express';
import { HostError } from '../core/errors';
import type { ApiDescriptions, ApiDocument } from '../core/ports/api-description';
import type { OperatorAuth } from '../core/ports/operator-auth';
import type { Settings } from '../core/settings';
import { pageAsset } from './page-assets';

export interface DocsParts {
  readonly descriptions: ApiDescriptions;
  readonly operatorAuth: OperatorAuth;
  readonly access: Settings['routes']['docs'];
}

/** Of swagger-ui-dist, the only files that are given out. */
const SWAGGER_FILES: ReadonlySet<string> = new Set(['swagger-ui-bundle.js', 'swagger-ui.css']);
const OWN_FILES: ReadonlySet<string> = new Set(['docs.js', 'docs.css']);

/**
 * What the page may do: run this host's scripts and ask this host. Swagger UI writes styles into its elements.
 * @see https://www.w3.org/TR/CSP3/
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * To be mounted at `/api`: `/openapi.json` of the whole host, for the operator alone; `/plugin/<key>/openapi.json` and
 * `/plugin/<key>/docs`, its page, as `access` says. The page holds nothing of the document: it asks for the operator's
 * token where one is needed.
 */
export function createDocsRouter({ descriptions, operatorAuth, access }: DocsParts): express.Router {
  const router = express.Router({ caseSensitive: true });
  const onlyOperators: RequestHandler = (request, _response, next) => {
    if (operatorAuth.allows(request)) next();
    else next(new HostError('request/unauthorized', [], { headers: { 'www-authenticate': 'Bearer' } }));
  };
  const onlyShown: RequestHandler = ({ originalUrl }, _response, next) => {
    if (access === 'off') next(new HostError('request/not-found', [originalUrl.split('?')[0] ?? '']));
    else next();
  };
  const asked: RequestHandler[] = access === 'operator' ? [onlyOperators] : [];
  router
    .route('/openapi.json')
    .get(onlyOperators, async (_request, response) => {
      sendDocument(response, await descriptions.ofHost());
    })
    .all(refuseMethod);
  router
    .route('/plugin/:key/openapi.json')
    .all(onlyShown)
    .get(...asked, ({ params }, response) => {
      sendDocument(response, descriptions.ofPlugin(String(params['key'])));
    })
    .all(refuseMethod);
  router
    .route('/plugin/:key/docs')
    .all(onlyShown)
    .get(({ path, params }, response) => {
      descriptions.mustServe(params.key);
      // Relative, so that it holds behind a proxy with a path of its own; so do the addresses in the page.
      if (path.endsWith('/')) response.redirect(308, '../docs');
      else sendPage(response, access === 'public');
    })
    .all(refuseMethod);
  router
    .route('/plugin/:key/docs/:file')
    .all(onlyShown)
    .get(({ params, originalUrl }, response, next) => {
      if (!sendFile(response, params.file, next)) next(new HostError('request/not-found', [originalUrl]));
    })
    .all(refuseMethod);
  return router;
}

const ALLOW = 'GET, HEAD, OPTIONS';

const refuseMethod: RequestHandler = ({ method }, response, next) => {
  if (method === 'OPTIONS') response.set('allow', ALLOW).status(204).end();
  else next(new HostError('request/method-not-allowed', [method, ALLOW], { headers: { allow: ALLOW } }));
};

/** Express meets `If-None-Match` and HEAD. */
function sendDocument(response: Response, { bytes, etag }: ApiDocument): void {
  response
    .set({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      vary: 'authorization',
      etag,
    })
    .send(bytes);
}

const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

function sendPage(response: Response, isPublic: boolean): void {
  const { body, contentType } = ownAsset('docs.html');
  const text = body.toString();
  response
    .set({ ...PAGE_HEADERS, 'content-type': contentType })
    .send(isPublic ? text.replace('data-access="operator"', 'data-access="public"') : text);
}

function sendFile(response: Response, name: string, failed: (error: Error) => void): boolean {
  if (OWN_FILES.has(name)) {
    const { body, contentType, etag } = ownAsset(name);
    response.set({ ...PAGE_HEADERS, 'content-type': contentType, etag }).send(body);
    return true;
  }
  if (!SWAGGER_FILES.has(name)) return false;
  // Wherever it is installed, which may be below a folder whose name starts with a dot.
  const options = { dotfiles: 'allow', cacheControl: false, headers: PAGE_HEADERS } as const;
  response.sendFile(require.resolve(`swagger-ui-dist/${name}`), options, (error?: Error) => {
    // A client that leaves ends the answer with an error, and nobody is there to be told.
    if (error !== undefined && !response.headersSent) failed(error);
  });
  return true;
}

function ownAsset(name: string) {
  const asset = pageAsset(name);
  if (asset === undefined) throw new Error(`the page's file ${name} is not installed`);
  return asset;
}
