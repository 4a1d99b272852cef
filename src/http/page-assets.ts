import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Request, Response } from 'express';

/** One file of a page of the host's own. */
export interface PageAsset {
  readonly body: Buffer;
  readonly contentType: string;
  /** A strong entity tag (RFC 9110 §8.8.3), of the content. */
  readonly etag: string;
}

/** Beside this folder, in the sources and in what is built of them. */
const FOLDER = path.join(__dirname, '..', 'pages');
const NAME = /^[a-z][a-z-]*\.(?:html|css|js)$/;
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/**
 * What a page of the host's own may do: nothing but its own files and requests to this host; no inline script or style, no
 * frame around it.
 * @see https://www.w3.org/TR/CSP3/
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const cache = new Map<string, PageAsset>();

/** A file of `src/pages` by its plain name; undefined when there is none. Read once per process. */
export function pageAsset(name: string): PageAsset | undefined {
  const known = cache.get(name);
  if (known !== undefined || !NAME.test(name)) return known;
  try {
    return kept(name, readFileSync(path.join(FOLDER, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function kept(name: string, body: Buffer): PageAsset {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const asset = { body, contentType: CONTENT_TYPES[path.extname(name)] ?? 'application/octet-stream', etag };
  cache.set(name, asset);
  return asset;
}

/** Answers with a file of a page; 304 where the client has it. HEAD and conditions are Express's to meet. */
export function sendPageAsset(request: Request, response: Response, asset: PageAsset): void {
  response.set({
    'content-type': asset.contentType,
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
    etag: asset.etag,
  });
  if (request.fresh) response.status(304).end();
  else response.send(asset.body);
}
