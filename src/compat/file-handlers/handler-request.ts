import type { Exchange, UploadedFiles, Values } from '../../core/exchange';
import { JSON_START, parsedText } from './parsed-text';
import type { RawBody } from './raw-body';

/** In whose name a handler runs. */
export interface HandlerUser {
  readonly id: string;
  readonly username: string;
  readonly name: string;
}

/** `request` of a handler. */
export interface HandlerRequest {
  readonly method: string;
  /** Path and query, without tokens. */
  readonly url: string;
  /** Below the folder of handlers, as the file's own address. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Values;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON parsed, a form as its fields, else text; undefined when there is none. @throws body/invalid-json (400) */
  readonly body: unknown;
  /** Stands for the exact bytes that came. @throws body/not-buffered for a multipart form */
  readonly rawBody: string;
  readonly files: UploadedFiles;
  readonly user: HandlerUser;
  readonly roles: readonly string[];
}

/** Whose authority a request had is no longer the handler's business. */
export const WITHHELD_OF_WEBHOOKS: readonly string[] = ['cookie', 'proxy-authorization'];
export const WITHHELD_OF_SERVER: readonly string[] = [...WITHHELD_OF_WEBHOOKS, 'authorization'];
const WITHHELD_PARAMETERS = ['token', 'app_token'];

export interface RequestParts {
  readonly exchange: Exchange;
  /** What stands before the file's own address, below the plugin. */
  readonly prefix: string;
  readonly rawBody: RawBody;
  readonly withheld: readonly string[];
  readonly user: HandlerUser;
  readonly roles: readonly string[];
}

/** What is seldom needed is made when it is asked for: a signature is verified before the body is parsed. */
export function handlerRequest(parts: RequestParts): HandlerRequest {
  const { exchange, rawBody, prefix, user, roles } = parts;
  const { method, params, files } = exchange;
  return {
    ...{ method, params, files, user, roles },
    url: withoutTokens(exchange.url),
    path: exchange.path.startsWith(prefix) ? exchange.path.slice(prefix.length) || '/' : exchange.path,
    query: Object.fromEntries(
      Object.entries(exchange.query).filter(([name]) => !WITHHELD_PARAMETERS.includes(name)),
    ),
    headers: headersOf(exchange, parts.withheld),
    get body() {
      return bodyOf(exchange);
    },
    get rawBody() {
      return rawBody.text;
    },
  };
}

function withoutTokens(url: string): string {
  const [path = '', ...query] = url.split('?');
  if (query.length === 0) return url;
  const kept = query
    .join('?')
    .split('&')
    .filter((pair) => !WITHHELD_PARAMETERS.includes(pair.split('=')[0] ?? ''));
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}

function headersOf({ headers }: Exchange, withheld: readonly string[]): Record<string, string> {
  const found = Object.create(null) as Record<string, string>;
  for (const [name] of headers) {
    const lower = name.toLowerCase();
    if (!withheld.includes(lower)) found[lower] = headers.get(lower) ?? '';
  }
  return found;
}

/** Senders that call JSON something else, or nothing, are common. */
function bodyOf(exchange: Exchange): unknown {
  const { body } = exchange;
  if (typeof body === 'string') return parsedText(body);
  if (!ArrayBuffer.isView(body)) return body;
  const text = exchange.text();
  return JSON_START.test(text) ? parsedText(text) : text;
}
