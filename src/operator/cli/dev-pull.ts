import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '../../core/errors';
import { writePulled } from '../../core/pulled-facts';
import { PULLED_HEADER, type PulledAnswer, type PulledRequest } from '../../core/ports/pulls';
import type { Secret } from '../../core/secret';
import { localSocketPath } from '../local-socket';
import type { Operator } from '../operator';
import { connectOperator } from '../operator-client';
import type { RunningHost } from '../running-host';
import { plain, type Terminal } from './terminal';

export interface PullingParts {
  /** The host of this process, which answers. */
  readonly host: RunningHost;
  readonly terminal: Terminal;
  /** Address of the host that receives. */
  readonly from: string;
  readonly token: Secret;
  /** Of this plugin alone; default: of each that is served here. */
  readonly plugin: string | undefined;
  readonly signal: AbortSignal;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const ANSWER_MS = 10_000;
const MOST_ANSWER_BYTES = 1024 ** 2;
/**
 * Of the other connection; what the bytes no longer are, since they come decoded; and whatever opens anything here, or is this
 * host's own: the other one took it out, or lies.
 */
const NOT_PASSED =
  /^(?:connection|keep-alive|transfer-encoding|content-length|content-encoding|expect|upgrade|authorization|proxy-authorization|cookie|x-gatehouse-.*)$/i;

/**
 * Has the host of this process answer what another one receives, until the signal aborts; a connection that ends is opened again.
 * What this host does not serve is left to the other one.
 */
export async function pullDeliveries(parts: PullingParts): Promise<void> {
  const { host, plugin, terminal, from, token } = parts;
  const served = host.registry.list().flatMap(({ key }) => (key === undefined ? [] : [key as string]));
  const keys = plugin === undefined ? served : [plugin];
  if (keys.length === 0) terminal.complain('Nothing is pulled: no plugin is served here.');
  const remote = connectOperator({ url: from, token });
  await Promise.all(keys.map((key) => pullPlugin(parts, remote, key)));
}

async function pullPlugin(parts: PullingParts, remote: Operator, key: string): Promise<void> {
  const { terminal, from, signal } = parts;
  let waitMs = FIRST_WAIT_MS;
  terminal.print(plain(`Pulling what ${key} receives from ${from}`));
  while (!signal.aborted) {
    try {
      for await (const request of remote.pulls.follow({ plugin: key }, signal)) {
        waitMs = FIRST_WAIT_MS;
        void work(parts, remote, key, request);
      }
      if (!signal.aborted)
        terminal.complain(plain(`${from} ended the connection for ${key}; it is opened again`));
    } catch (thrown) {
      if (signal.aborted) return;
      terminal.complain(plain(`${key} is not pulled: ${toError(thrown).message}`));
    }
    await sleep(waitMs, undefined, { signal }).catch(() => {}); // over, then
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** Never rejects: what goes wrong is told, and the other host's own plugin answers. */
async function work(
  { host, terminal }: PullingParts,
  remote: Operator,
  key: string,
  request: PulledRequest,
): Promise<void> {
  try {
    if (request.plugin !== key) throw new Error(`was not asked for: ${key} alone is pulled here`);
    const answer = await askLocal(localSocketPath(host.settings.data), key, request);
    const isTaken = await remote.pulls.answer(request.id, isServed(answer) ? answer : undefined);
    if (!isTaken) terminal.complain(plain(`${request.endpoint}: ${notTaken(request)}`));
  } catch (thrown) {
    terminal.complain(plain(`${request.plugin} ${request.endpoint}: ${toError(thrown).message}`));
    await remote.pulls.answer(request.id, undefined).catch(() => {}); // it finds out by itself
  }
}

/** The two look the same from here. */
const notTaken = ({ host }: PulledRequest) =>
  `the answer was not taken, the other host's own plugin answered. It came too late, or it went to another host than ${host}, which asked: of several behind one address --from names one host's own`;

/** A problem of this host's own that says it has no such plugin or endpoint is no answer for a sender. */
function isServed({ status, headers, body }: PulledAnswer): boolean {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (![404, 405, 503].includes(status) || !type.startsWith('application/problem+json')) return true;
  try {
    const { code = '' } = JSON.parse(Buffer.from(body, 'base64').toString('utf8')) as { code?: string };
    return !/^(?:plugin|request)\//.test(code);
  } catch {
    return true;
  }
}

function askLocal(socketPath: string, key: string, request: PulledRequest): Promise<PulledAnswer> {
  const { method, target, headers, body, verified } = request;
  const bytes = Buffer.from(body, 'base64');
  const lines = headers.filter(([name]) => !NOT_PASSED.test(name)).flat();
  lines.push(PULLED_HEADER, writePulled({ plugin: key, verified }), 'content-length', String(bytes.length));
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { socketPath, method, path: target, headers: lines, agent: false, timeout: ANSWER_MS },
      (response) => void readAnswer(response).then(resolve, reject),
    );
    asked.on('error', reject).on('timeout', () => {
      asked.destroy(new Error(`no answer within ${ANSWER_MS / 1_000} s`));
    });
    asked.end(bytes);
  });
}

async function readAnswer(response: IncomingMessage): Promise<PulledAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) throw new Error('the answer is larger than a MiB');
    chunks.push(chunk);
  }
  const { rawHeaders, statusCode = 502 } = response;
  const headers = rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
  );
  return { status: statusCode, headers, body: Buffer.concat(chunks).toString('base64') };
}
