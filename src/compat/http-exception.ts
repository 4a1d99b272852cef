import { STATUS_CODES } from 'node:http';
import { HttpError } from '../core/http-error';
import type { ReplyHeaders } from '../core/reply';

/** The old system's keyword arguments. */
export interface HttpExceptionParts {
  readonly status_code: number;
  readonly detail?: unknown;
  readonly headers?: ReplyHeaders;
}

/** What `HTTPException` makes: an HttpError that also answers to `status_code`. */
export interface HttpException extends HttpError {
  readonly status_code: number;
}

/** Positional or by name, with `new` or, as ported code has it, without. */
export interface HttpExceptionConstructor {
  new (status: number, detail?: unknown, headers?: ReplyHeaders): HttpException;
  new (parts: HttpExceptionParts): HttpException;
  (status: number, detail?: unknown, headers?: ReplyHeaders): HttpException;
  (parts: HttpExceptionParts): HttpException;
  readonly prototype: HttpException;
}

class HttpExceptionClass extends HttpError implements HttpException {
  constructor(first: number | HttpExceptionParts, detail?: unknown, headers?: ReplyHeaders) {
    const parts =
      typeof first === 'object' ? first : { status_code: first, detail, ...(headers && { headers }) };
    super(parts.status_code, parts.detail ?? STATUS_CODES[parts.status_code], parts.headers ?? {});
    this.name = 'HTTPException';
  }

  get status_code(): number {
    return this.status;
  }
}

/**
 * The old name of `HttpError`: `throw new HTTPException(403, 'Invalid signature')`, or
 * `new HTTPException({ status_code: 403, detail: 'Invalid signature' })`. Without a detail the status's own words.
 * @deprecated `HttpError`
 */
export const HTTPException = new Proxy(HttpExceptionClass, {
  apply: (target, _self, parameters) => Reflect.construct(target, parameters) as HttpException,
}) as unknown as HttpExceptionConstructor;
