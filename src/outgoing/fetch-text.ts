import { HostError } from '../core/errors';
import type { FetchText } from '../core/ports/fetch-text';
import { whereOf } from './destination';
import type { GuardedAgentOptions } from './guarded-agent';
import { HttpClient } from './http-client';
import { readCall } from './outgoing-call';

export type FetchTextOptions = Partial<GuardedAgentOptions>;

/** Https, and public addresses only. */
const PUBLIC_ONLY: GuardedAgentOptions['rules'] = { lists: [], isPermitted: () => false, allowHttp: false };

/**
 * Reads public https addresses for the host itself, under the same guard as plugins' requests; which hosts may be asked
 * at all is for its caller to say. `close` ends what is under way. @throws (by rejecting) outgoing/…
 */
export function createFetchText(options: FetchTextOptions = {}): {
  readonly fetchText: FetchText;
  readonly close: () => Promise<void>;
} {
  const client = new HttpClient({ rules: PUBLIC_ONLY, ...options });
  const fetchText: FetchText = async (url, limits) => {
    const call = readCall(url, { ...limits, redirect: 'error', retries: 0 });
    const answer = await client.send(call);
    if (answer.status === 200) return answer.text();
    throw new HostError('outgoing/bad-answer', [
      whereOf(call.method, call.url),
      `status ${answer.status}, not 200`,
    ]);
  };
  return { fetchText, close: () => client.close() };
}
