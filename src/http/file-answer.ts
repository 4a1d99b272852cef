import type { IncomingHttpHeaders } from 'node:http';
import type { ReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import type express from 'express';
import send from 'send';
import { HostError } from '../core/errors';
import type { FileBody } from '../core/file-body';
import type { GateRequest, GateResponse } from './messages';
import { openFile, type OpenedFile } from './opened-file';
import { pathOf } from './request-path';
import { whenOver } from './when-over';

/** What decides whether all of a file is sent, a part, or nothing. @see RFC 9110 §13.1, §14.2 */
const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'cache-control'];
const RANGES = ['range', 'if-range'];

/**
 * Answers with a file; status and headers are set already. The file is open until the response is over. What cannot be
 * opened or read goes to `onError`.
 */
export function writeFileBody(
  request: GateRequest,
  response: GateResponse,
  body: FileBody,
  onError: (error: unknown) => void,
): void {
  const answered = openFile(body)
    .then(
      (opened) => {
        // Below a root the name may be the caller's; elsewhere it is the author's, who means a file that is there.
        if (opened === undefined && body.root === undefined)
          tell(response, `${JSON.stringify(body.path)} is not there, hidden, or no ordinary file`);
        return opened;
      },
      (refusal: unknown) => unopened(response, refusal),
    )
    .then((opened) => {
      if (opened === undefined) throw new HostError('request/not-found', [pathOf(request.originalUrl)]);
      sendOpened({ request, response, body, opened, onError });
    });
  answered.catch(onError);
}

/** For the caller it is not there; whoever put it there is told why. @throws what is nobody's fault */
function unopened(response: GateResponse, refusal: unknown): undefined {
  const { code, message } = refusal as NodeJS.ErrnoException;
  if (code === undefined || !['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR'].includes(code)) throw refusal;
  tell(response, message);
}

function tell({ site, passage, req }: GateResponse, why: string): void {
  const what = passage?.endpointName ?? 'a plugin';
  site?.live?.logger.warn(`${what} did not send a file: ${why}`, { requestId: req.requestId });
}

interface Sending {
  readonly request: GateRequest;
  readonly response: GateResponse;
  readonly body: FileBody;
  readonly opened: OpenedFile;
  readonly onError: (error: unknown) => void;
}

function sendOpened({ request, response, body, opened, onError }: Sending): void {
  const { handle, stats, name, isIndex } = opened;
  const close = () => void handle.close().catch(() => undefined);
  if (response.isOver) {
    close();
    return;
  }
  whenOver(response, close);
  if (response.destroyed) return;
  if (isIndex && redirectsToFolder(request, response)) return;
  describe(response, body);
  const isWhole = response.statusCode !== 200 || !isRead(request);
  const options = { fd: handle, cacheControl: false, acceptRanges: !isWhole };
  const asked = { method: request.method, headers: isWhole ? {} : conditionsOf(request) };
  // It looks at nothing else of a request: RFC 9110 lets no other method have conditions or ranges, HEAD no ranges.
  const sent = send(asked as unknown as Readable, name, options);
  // What its `pipe` does before it looks for the file, which is open already.
  Object.assign(sent, { res: response });
  sent.on('error', onError);
  sent.on('stream', (source: ReadStream) => {
    // A file that became shorter: the client must not wait for the rest, nor take what it has for all of it.
    source.once('end', () => {
      if (source.bytesRead < Number(response.getHeader('content-length'))) response.destroy();
    });
  });
  sent.send(name, stats);
}

function describe(response: GateResponse, { downloadAs, maxAgeMs }: FileBody): void {
  if (maxAgeMs !== undefined && !response.hasHeader('cache-control'))
    response.setHeader('cache-control', `max-age=${Math.floor(maxAgeMs / 1000)}`);
  if (!response.hasHeader('x-content-type-options')) response.setHeader('x-content-type-options', 'nosniff');
  if (downloadAs === undefined) return;
  const type = response.getHeader('content-type');
  // By RFC 6266 and 8187. Half a character cannot be written so.
  const saved = downloadAs.replace(/\p{Surrogate}/gu, '\uFFFD');
  (response as unknown as express.Response).attachment(saved);
  // It says the type, too, by the name's ending: an author's own goes before, and the file's where the name has none.
  if (type !== undefined) response.setHeader('content-type', type);
  else if (extname(saved) === '') response.removeHeader('content-type');
}

const isRead = ({ method }: GateRequest) => method === 'GET' || method === 'HEAD';

function conditionsOf({ method, headers }: GateRequest): IncomingHttpHeaders {
  const names = method === 'GET' ? [...CONDITIONS, ...RANGES] : CONDITIONS;
  return Object.fromEntries(names.map((name) => [name, headers[name]]));
}

/** Links on the page of a folder are relative to it. */
function redirectsToFolder(request: GateRequest, response: GateResponse): boolean {
  const path = pathOf(request.originalUrl);
  if (path.endsWith('/') || !isRead(request)) return false;
  response.statusCode = 302;
  response.setHeader(
    'location',
    `./${path.slice(path.lastIndexOf('/') + 1)}/${request.originalUrl.slice(path.length)}`,
  );
  response.setHeader('content-length', 0);
  response.end();
  return true;
}
