import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { Router, type NextFunction, type Request, type Response } from 'express';
import { HostError } from '../core/errors';
import { parsePluginKey } from '../core/plugin-key';
import type { PluginPages, PluginPlace } from '../core/ports/plugin-pages';
import { writeFileBody } from './file-answer';
import type { GateRequest, GateResponse } from './messages';
import { pageAsset, sendPageAsset } from './page-assets';

/**
 * A page of a plugin runs as if it came from nowhere: it reaches neither what the console keeps in the browser nor the host's
 * addresses with the operator's cookie. @see https://www.w3.org/TR/CSP3/#directive-sandbox
 */
const SANDBOX = "sandbox allow-scripts allow-forms allow-popups; frame-ancestors 'self'";
const SETTINGS = 'settings';
const SETTINGS_FILES: Readonly<Record<string, string>> = {
  [SETTINGS]: 'settings.html',
  [`${SETTINGS}/page.js`]: 'settings.js',
  [`${SETTINGS}/page.css`]: 'settings.css',
};

/**
 * The pages of plugins, at their own addresses `/api/plugin/<key>/__webui__/`: what `webuiPath` names, a route (307) or a
 * folder's files in a sandbox, and at `settings` the host's own page for the configuration, which holds no data. Anybody may
 * read them; what they show, they ask for. GET and HEAD alone.
 */
export function createPluginPages(pages: PluginPages): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const placeOf = (request: Request): PluginPlace | undefined => {
    const key = parsePluginKey(String(request.params['key']));
    return key === undefined ? undefined : pages.find(key);
  };
  router.all(['/api/plugin/:key/__webui__', '/api/plugin/:key/__webui__/{*rest}'], onlyReads);
  router.get('/api/plugin/:key/__webui__', (request, response, next) => {
    if (placeOf(request) === undefined) next();
    // Links on a page are relative to its folder.
    else redirect(response, '__webui__/');
  });
  router.get('/api/plugin/:key/__webui__/{*rest}', (request, response, next) => {
    const place = placeOf(request);
    const { rest = [] } = request.params as { readonly rest?: readonly string[] };
    if (place === undefined) next();
    else answer(place, rest, { request, response, next });
  });
  return router;
}

interface Call {
  readonly request: Request;
  readonly response: Response;
  readonly next: NextFunction;
}

function answer(place: PluginPlace, segments: readonly string[], call: Call): void {
  const { request, response, next } = call;
  if (segments[0] === SETTINGS) {
    const asset = pageAsset(SETTINGS_FILES[segments.join('/')] ?? '');
    if (asset === undefined || !place.hasSettings) next();
    else sendPageAsset(request, response, asset);
    return;
  }
  const { webuiPath, isLive } = place;
  if (!isLive) next(new HostError('plugin/not-ready', [String(request.params['key'])], RETRY));
  else if (webuiPath === undefined) next();
  else if (!webuiPath.startsWith('/')) sendFile(place, webuiPath, segments, call).catch(next);
  else if (segments.length === 0) redirect(response, `..${webuiPath}`);
  else next();
}

const RETRY = { headers: { 'retry-after': '5' } };

/** A link that leads out of the page's folder is not followed, nor one that is the folder and leads out of the plugin's. */
async function sendFile(
  { folder }: PluginPlace,
  webuiPath: string,
  segments: readonly string[],
  { request, response, next }: Call,
): Promise<void> {
  if (!segments.every(isPlainName)) {
    next();
    return;
  }
  const root = path.join(folder, path.posix.dirname(webuiPath));
  const name = segments.length === 0 ? path.posix.basename(webuiPath) : segments.join('/');
  if (!(await isBelow(folder, root))) {
    next();
    return;
  }
  response.set({
    'content-security-policy': SANDBOX,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
    // In its sandbox the page is of no origin, and could not read even its own modules and fonts.
    'access-control-allow-origin': '*',
  });
  writeFileBody(
    request as unknown as GateRequest,
    response as unknown as GateResponse,
    { path: name, root },
    (error) => next(error),
  );
}

async function isBelow(folder: string, root: string): Promise<boolean> {
  try {
    const rest = path.relative(await realpath(folder), await realpath(root));
    return rest !== '' && !path.isAbsolute(rest) && rest.split(path.sep)[0] !== '..';
  } catch {
    // It is not there, or not to be read: then neither are its files.
    return false;
  }
}

/** Names that begin with a dot are nobody's to read; NUL and backslash never name a file here. */
function isPlainName(segment: string): boolean {
  return segment !== '' && !segment.startsWith('.') && !/[\\/\0]/.test(segment);
}

function onlyReads({ method }: Request, _response: Response, next: NextFunction): void {
  if (method === 'GET' || method === 'HEAD') next();
  else
    next(
      new HostError('request/method-not-allowed', [method, 'GET, HEAD'], { headers: { allow: 'GET, HEAD' } }),
    );
}

/** Relative: before the host's addresses there may be others' prefixes. */
function redirect(response: Response, location: string): void {
  response.set({ location, 'cache-control': 'no-store' }).status(307).end();
}
