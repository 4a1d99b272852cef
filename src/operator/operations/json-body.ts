import express, { type Request, type Response } from 'express';
import type { BodyReading, Operation } from '../operation';

const LIMIT_BYTES = 65_536;
const NO_JSON = 'the body is a JSON object, sent as application/json';

/**
 * Reads the body of a request for an operation, once; undefined where none was sent, or none is taken.
 * @throws what the operation refuses bodies with, else the parser's own error
 */
export async function readJsonBody(
  { method, reads }: Pick<Operation, 'method' | 'reads'>,
  request: Request,
  response: Response,
): Promise<unknown> {
  if (reads === 'stream' || method === 'GET' || method === 'DELETE') return undefined;
  const { limitBytes = LIMIT_BYTES, noJson = NO_JSON, refuse }: BodyReading = reads ?? {};
  const failure = await parsed(limitBytes, request, response);
  if (failure !== undefined) {
    if (refuse === undefined) throw failure;
    throw refuse(failure.status === 413 ? 'the body is too large' : noJson);
  }
  const body = request.body as unknown;
  // What is not sent as JSON is not read: to go on without it would not be what was meant.
  if (body === undefined && refuse !== undefined && hasBody(request)) throw refuse(noJson);
  return body;
}

const parsers = new Map<number, ReturnType<typeof express.json>>();

function parsed(
  limit: number,
  request: Request,
  response: Response,
): Promise<(Error & { readonly status?: unknown }) | undefined> {
  const parse = parsers.get(limit) ?? express.json({ limit });
  parsers.set(limit, parse);
  return new Promise((resolve) => {
    parse(request, response, (error?: unknown) => resolve(error as Error | undefined));
  });
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
