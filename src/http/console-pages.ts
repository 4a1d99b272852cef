import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Router, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { HostError } from '../core/errors';
import type { ConsoleSessions } from '../core/ports/console-sessions';
import { readConsoleFiles, type ConsoleFile } from './console-files';

export interface ConsolePagesParts {
  /** Absent in a host that keeps no sessions: nobody can sign in. */
  readonly sessions?: Pick<ConsoleSessions, 'csrfTokenOf'> | undefined;
  /** Default: where the build puts it. */
  readonly folder?: string | undefined;
}

/** Beside this folder in what is built. */
const BUILT = path.join(__dirname, '..', 'console');
const CSRF_PLACE = 'name="gatehouse-csrf" content=""';
/** On each script and style sheet of the page as it is built (`console/vite.config.mjs`), and where its scripts look it up. */
const NONCE_PLACE = 'nonce="gatehouse-nonce"';

/**
 * What the page may do: run scripts that carry its nonce, and what those load; styles that carry it; ask this host; show pages
 * of plugins, in frames of its own making. No page holds it in a frame, or by a window it opened. No script or style is let in
 * for where it comes from: what plugins serve comes from this host as well.
 * @see https://www.w3.org/TR/CSP3/
 */
function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      `script-src 'nonce-${nonce}' 'strict-dynamic'`,
      `style-src 'nonce-${nonce}'`,
      "img-src 'self' data: blob:",
      "connect-src 'self'",
      "font-src 'self'",
      "frame-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'content-type': 'text/html; charset=utf-8',
  };
}

const FILE_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  vary: 'accept-encoding',
};
/** Names of these change with their content. */
const LASTING = 'public, max-age=31536000, immutable';

/**
 * The console, to be mounted at `/console`: its page, and the files it loads. Anybody may read them; who is signed in, the page
 * is told what its requests must repeat, and only as a page of its own: to scripts and frames of others nothing is told.
 */
export function createConsolePages({ sessions, folder = BUILT }: ConsolePagesParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const built = readConsoleFiles(folder);
  router.use(onlyReads);
  router.get('/', (request, response) => {
    // Links on the page are relative to it.
    if (isWithoutSlash(request)) response.set(REDIRECT).status(308).end();
    else if (built === undefined) sendNothing(response);
    else
      sendPage(
        built.page,
        request,
        response,
        isOwnPage(request) ? sessions?.csrfTokenOf(request) : undefined,
      );
  });
  router.get('/{*rest}', async (request, response, next) => {
    const { rest = [] } = request.params as { readonly rest?: readonly string[] };
    const name = rest.join('/');
    const file = rest.some((segment) => segment.includes('/')) ? undefined : built?.files.get(name);
    if (file === undefined) next(notFound(request));
    else await sendFile(file, name.startsWith('assets/'), request, response);
  });
  return router;
}

const REDIRECT = { location: 'console/', 'cache-control': 'no-store' };

/** Express says `/` of both. */
function isWithoutSlash({ originalUrl }: Request): boolean {
  return (originalUrl.split('?')[0] ?? '').endsWith('/console');
}

/**
 * Whether the answer will be a page in a window of its own. Browsers say so themselves and let no script say it for them, on
 * protected addresses; what does not say it, is told nothing.
 * @see https://www.w3.org/TR/fetch-metadata/ §2
 */
function isOwnPage({ headers }: Request): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

function sendPage(page: string, request: Request, response: Response, csrfToken = ''): void {
  const nonce = randomBytes(18).toString('base64url');
  const text = page
    .replace(CSRF_PLACE, `name="gatehouse-csrf" content="${csrfToken}"`)
    .replaceAll(NONCE_PLACE, `nonce="${nonce}"`);
  response.set(pageHeaders(nonce)).end(request.method === 'HEAD' ? undefined : text);
}

function sendNothing(response: Response): void {
  response
    .status(404)
    .set({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...NO_SNIFF })
    .send('The console was not built. Run: npm run build\n');
}
const NO_SNIFF = { 'x-content-type-options': 'nosniff' };

async function sendFile(
  file: ConsoleFile,
  isLasting: boolean,
  request: Request,
  response: Response,
): Promise<void> {
  const { body, contentType, etag } = file;
  response.set({ ...FILE_HEADERS, 'cache-control': isLasting ? LASTING : 'no-cache', etag });
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const gzipped = request.acceptsEncodings('gzip') === 'gzip' ? await file.gzipped() : undefined;
  const bytes = gzipped ?? body;
  response.set({ 'content-type': contentType, 'content-length': String(bytes.length) });
  if (gzipped !== undefined) response.set('content-encoding', 'gzip');
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

const onlyReads: RequestHandler = ({ method }: Request, _response: Response, next: NextFunction) => {
  if (method === 'GET' || method === 'HEAD') next();
  else
    next(
      new HostError('request/method-not-allowed', [method, 'GET, HEAD'], { headers: { allow: 'GET, HEAD' } }),
    );
};

function notFound({ originalUrl }: Request): HostError {
  return new HostError('request/not-found', [originalUrl.split('?')[0] ?? '']);
}
