import type { ProblemBody } from './problem-body';

/** Styles that the page makes carry it; an attribute that browsers show to scripts alone. */
export const pageNonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
/** What the host put into the page: empty while nobody is signed in. */
const csrfToken = document.querySelector<HTMLMetaElement>('meta[name="gatehouse-csrf"]')?.content ?? '';
export const isSignedIn = csrfToken !== '';

/** Where the host is, whatever prefix a proxy gives it: the console is served at `<host>/console/`. */
export const hostBase = new URL('..', document.baseURI).href.replace(/\/$/, '');

/** What the host answered instead of what was asked for. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: ProblemBody,
  ) {
    super(
      typeof problem.detail === 'string' ? problem.detail : (problem.title ?? `The host answered ${status}.`),
    );
  }
}

/** Asks the operator API, `path` below `/api/operator`, as in `/plugins`. @throws ApiError; TypeError when nobody answers */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** As `ask`, with the answer as it comes: for streams and files. */
export function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  return sendToHost(method, `/api/operator${path}`, body, signal);
}

/** As `send`, with `path` below the host's own address, as in `/api/openapi.json`. */
export async function sendToHost(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await fetch(`${hostBase}${path}`, {
    method,
    headers: {
      'x-gatehouse-csrf': csrfToken,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
    credentials: 'same-origin',
    cache: 'no-store',
  });
  if (response.ok) return response;
  // The session ended, here or elsewhere: the page shows the way in again.
  if (response.status === 401 && isSignedIn && path.startsWith('/api/operator/')) location.reload();
  throw new ApiError(response.status, await readProblem(response));
}

async function readProblem(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    return { title: response.statusText };
  }
}
