import type { RequestHandler } from 'express';
import type { Awaitable, Exchange } from './exchange';
import type { StandardSchema } from './standard-schema';

/** What an endpoint answers with one status, besides its success. */
export interface DescribedError {
  readonly description: string;
  /** Of the body; problem details (RFC 9457) when absent. */
  readonly schema?: StandardSchema;
}

/**
 * What an endpoint takes and gives, as its author declared it: checked, converted and described from one place. Values
 * of `params`, `query`, `headers` and `fields` are texts; they are converted to what the schema asks for where it can say
 * so (Standard JSON Schema).
 */
export interface EndpointSchema {
  readonly params?: StandardSchema;
  readonly query?: StandardSchema;
  /** Of names in lower case. */
  readonly headers?: StandardSchema;
  readonly body?: StandardSchema;
  /** Of the fields of a multipart form. */
  readonly fields?: StandardSchema;
  /** Of the body of an answer with `status`; what it makes of the handler's value is sent. */
  readonly response?: StandardSchema;
  /** Of a value that is no `reply()`. Default 200, and 204 for undefined. */
  readonly status?: number;
  /** What happens to names that no schema declares. Default: the host's. */
  readonly unknown?: 'ignore' | 'refuse';
  readonly errors?: Readonly<Record<number, DescribedError>>;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
}

/** One value that is made for each request before its handler runs; its name is its place on the exchange. */
export interface ProvideStep {
  readonly name: string;
  /** It is made once the body is there; otherwise before a byte of it is read. */
  readonly needsBody: boolean;
  /** May refuse by throwing. Finds what earlier steps made on the exchange. */
  make(exchange: Exchange): Awaitable<unknown>;
}

/** What runs around a declared endpoint's handler. */
export interface Around {
  /** Express middleware, in order, before the body is read; it must leave the body alone. Not run again for stored requests. */
  readonly use?: readonly RequestHandler[];
  readonly provide?: readonly ProvideStep[];
  /** What to answer in place of an error of the plugin's own; what it does not know it gives back as it is. */
  mapError?(thrown: unknown): unknown;
}

/** Names on an exchange that are the host's: nothing provided may take them. */
export const EXCHANGE_NAMES: readonly (keyof Exchange)[] = [
  'key',
  'method',
  'url',
  'path',
  'baseUrl',
  'params',
  'query',
  'headers',
  'raw',
  'text',
  'json',
  'form',
  'body',
  'files',
  'fields',
  'parts',
  'stream',
  'ip',
  'requestId',
  'receiptId',
  'replayOf',
  'verified',
  'job',
  'signal',
  'background',
  'respond',
];
