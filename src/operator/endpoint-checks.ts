import http from 'node:http';
import { SOCKET_METHOD } from '../core/server-socket';
import {
  CHECK_DETAIL_HEADER,
  CHECK_HEADER,
  CHECKED_METHOD_HEADER,
  REACHED_HEADER,
} from '../core/reach-check';
import type { EndpointHealth } from '../core/ports/health-desk';
import type { EndpointStatus, PluginStatus } from '../core/ports/plugin-registry';

export interface CheckParts {
  /** Where the host answers on this machine; empty before it listens. */
  readonly url: () => string;
  /** Of this process; see `CHECK_HEADER`. */
  readonly token: string;
  /** Epoch ms. */
  readonly now: () => number;
}

const AT_ONCE = 8;
const PATIENCE_MS = 3_000;
/** Stands for what a parameter takes. */
const ANY_SEGMENT = 'gatehouse-check';

interface Answer {
  readonly status: number;
  readonly reached: string;
  readonly detail: string;
}

/** Asks each endpoint of these plugins by a request of its own, through the host's socket; some at once. */
export async function checkEndpoints(
  plugins: readonly PluginStatus[],
  parts: CheckParts,
): Promise<readonly EndpointHealth[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    const checks = plugins.flatMap((plugin) =>
      plugin.endpoints.map((endpoint) => check(plugin, endpoint, parts, agent)),
    );
    return await Promise.all(checks);
  } finally {
    agent.destroy();
  }
}

async function check(
  { key: plugin = '' }: Readonly<{ key: string | undefined }>,
  endpoint: EndpointStatus,
  parts: CheckParts,
  agent: http.Agent,
): Promise<EndpointHealth> {
  const { method, path, url, aliases } = endpoint;
  const address = url === '' ? (aliases[0]?.url ?? '') : url;
  const answer = await ask(endpoint, address, parts, agent);
  const checkedAt = parts.now();
  return { plugin, method, path, url: address, ...judge(plugin, answer), checkedAt };
}

function judge(
  key: string,
  { status, reached, detail }: Answer,
): Pick<EndpointHealth, 'state' | 'status' | 'detail'> {
  const isOther = reached !== '' && !reached.split(' ').includes(key);
  if (isOther) return { state: 'down', status, detail: `${reached} answers at its address` };
  if (status === 204) return { state: 'open', status, detail: 'a request reaches its handler' };
  if (status === 401)
    return { state: 'guarded', status, detail: 'its guard answers, and lets no stranger through' };
  return { state: 'down', status, detail: detail === '' ? `it answers ${status}` : detail };
}

function ask(
  { method, isSocket }: EndpointStatus,
  address: string,
  { url, token }: CheckParts,
  agent: http.Agent,
): Promise<Answer> {
  const silent = (detail: string): Answer => ({ status: 0, reached: '', detail });
  const headers = {
    [CHECK_HEADER]: token,
    ...(isSocket === true && { [CHECKED_METHOD_HEADER]: SOCKET_METHOD }),
  };
  return new Promise((resolve) => {
    const base = url();
    if (base === '' || address === '') {
      resolve(silent(base === '' ? 'the host does not listen yet' : 'nothing leads to it'));
      return;
    }
    const request = http.request(
      new URL(concrete(address), base),
      { agent, headers, timeout: PATIENCE_MS, method: method === 'ALL' ? 'GET' : method },
      (response) => {
        response.resume();
        const told = (name: string) => decodeURIComponent(String(response.headers[name] ?? ''));
        resolve({
          status: response.statusCode ?? 0,
          reached: told(REACHED_HEADER),
          detail: told(CHECK_DETAIL_HEADER),
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)));
    request.on('error', ({ message }) => resolve(silent(message)));
    request.end();
  });
}

/** A path that its pattern matches. */
function concrete(pattern: string): string {
  return pattern
    .split('/')
    .map((segment) =>
      segment.startsWith(':') || segment.startsWith('*') ? ANY_SEGMENT : encodeURIComponent(decoded(segment)),
    )
    .join('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
