import { hasBrand } from './errors';
import type { ReplyHeaders } from './reply';

const BRAND = Symbol.for('gatehouse.http-error');

/**
 * Thrown by a handler to answer with a status. `detail` reaches the caller: a string, or structure as FastAPI's
 * clients expect. Statuses 400–599 only.
 */
export class HttpError extends Error {
  readonly status: number;
  readonly detail: unknown;
  readonly headers: ReplyHeaders;

  constructor(status: number, detail?: unknown, headers: ReplyHeaders = {}, options?: ErrorOptions) {
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new RangeError(`HttpError(${String(status)}): the status is an integer from 400 to 599`);
    super(typeof detail === 'string' ? detail : `HTTP ${status}`, options);
    this.name = 'HttpError';
    this.status = status;
    this.detail = detail;
    this.headers = headers;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Recognises by brand: plugin code may run in another realm or hold another copy of the class. */
export function isHttpError(value: unknown): value is HttpError {
  return hasBrand(value, BRAND);
}
