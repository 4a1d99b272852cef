import { randomBytes } from 'node:crypto';

/**
 * Under these headers a host asks itself whether an endpoint can be reached. The first holds the token of the process: a
 * request with another value is one like all others. The second, of an endpoint that serves WebSockets, says so.
 */
export const CHECK_HEADER = 'x-gatehouse-check';
export const CHECKED_METHOD_HEADER = 'x-gatehouse-check-method';
/** In the answer: which endpoint would have run, as `acme.ci POST /github`; of a Router without its method. */
export const REACHED_HEADER = 'x-gatehouse-reached';
/** In the answer: why not, for people, percent-encoded. */
export const CHECK_DETAIL_HEADER = 'x-gatehouse-check-detail';

/** Known to one process, for as long as it runs: 256 random bits. */
export function newCheckToken(): string {
  return randomBytes(32).toString('base64url');
}
