import { isSigned, isVerifying, modesOf } from './access';
import type { Endpoint } from './declaration';

/** True when a request is stored before it is answered. */
export function isDurable({ answer }: Pick<Endpoint, 'answer'>): boolean {
  return answer !== 'handler';
}

/** True when this request of an endpoint, by its method, is stored before it is answered. */
export function isStoredFirst(endpoint: Pick<Endpoint, 'answer' | 'reads'>, method: string): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isDurable(endpoint) && !(isRead && endpoint.reads === 'handler');
}

/** Whether a receipt is kept of what the handler answers: where nothing else is said, of verified senders. */
export function isRecorded({ record, access }: Pick<Endpoint, 'record' | 'access'>): boolean {
  return record ?? modesOf(access).some(isVerifying);
}

/** Below 500: the answers that ask their sender to come again (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4). */
export const COME_AGAIN: readonly number[] = [408, 425, 429];

/**
 * True for an answer that decides nothing: the server failed, or asks to be asked again. It is never given to a
 * repetition; the same request sent again is a new one.
 */
export function asksToComeAgain(status: number): boolean {
  return status >= 500 || COME_AGAIN.includes(status);
}

/** What of an endpoint's durable options contradicts the rest of it, each with what to write instead. */
export function durableIssues(endpoint: Endpoint): string[] {
  const { origin, serve, body, lane, dedupe, idempotency, concurrency, access } = endpoint;
  const at = `${origin.where}:`;
  const asked = [
    isDurable(endpoint) ? `answer ${shown(endpoint)}` : undefined,
    lane === undefined ? undefined : 'lane',
    dedupe === undefined ? undefined : 'dedupe',
    idempotency === undefined ? undefined : 'idempotency',
  ].filter((name) => name !== undefined);
  if ('router' in serve)
    return asked.map(
      (name) =>
        `${at} a Router's requests are not stored, so it cannot have ${name}; declare the address with plugin.endpoint(…)`,
    );
  if ('connect' in serve)
    return asked.map(
      (name) => `${at} nothing of a WebSocket is stored, so it cannot have ${name}; leave it out`,
    );
  const issues: string[] = [];
  if (idempotency !== undefined && isSigned(access))
    issues.push(
      `${at} idempotency and signed access: the Idempotency-Key is not signed, so a copy of a request could be sent under another key; leave it out, deliveries are known by what is signed`,
    );
  if (body.kind === 'stream' || body.kind === 'parts')
    for (const name of [...asked, ...(isSigned(access) ? ['signed access'] : [])])
      issues.push(
        `${at} a body of kind "${body.kind}" is never there as a whole, so it cannot have ${name}; use kind "${body.kind === 'parts' ? 'multipart' : 'raw'}"`,
      );
  if (isDurable(endpoint)) return issues;
  const stored = { lane, dedupe, concurrency };
  for (const [name, value] of Object.entries(stored))
    if (value !== undefined)
      issues.push(
        `${at} ${name} is about stored requests; add answer: 'accept' or { ackWithinMs }, or leave ${name} out`,
      );
  return issues;
}

function shown({ answer }: Endpoint): string {
  return typeof answer === 'string' ? `"${answer}"` : `{ ackWithinMs: ${answer.ackWithinMs} }`;
}
