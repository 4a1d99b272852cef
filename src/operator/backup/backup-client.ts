import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HostError } from '../../core/errors';
import type { BackupDesk } from '../../core/ports/backup';
import { refusalOf, type HostAddress } from '../operator-connection';
import { tooLate, unreachable } from '../unreachable-host';

/** Between two pieces, of which a host that is busy sends some as well: longer, and nobody is there any more. */
const PATIENCE_MS = 60_000;
const LARGEST_REFUSAL_BYTES = 65_536;

/** Of a host in another process: handed on as it comes. */
export function connectBackups(address: HostAddress): BackupDesk {
  const where = 'url' in address ? address.url : address.socketPath;
  return {
    async *write({ all }) {
      const answer = await ask(address, where, `/api/operator/backup${all ? '?all=true' : ''}`);
      if (answer.statusCode === 401) throw new HostError('operator/token-refused', [where]);
      if (answer.statusCode !== 200) throw await refused(where, answer);
      yield* answer as AsyncIterable<Buffer>;
    },
  };
}

function ask(address: HostAddress, where: string, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isUrl = 'url' in address;
    const options = { timeout: PATIENCE_MS, agent: false as const };
    const request = isUrl
      ? openUrl(address.url.replace(/\/$/, '') + path, {
          ...options,
          headers: { authorization: `Bearer ${address.token.reveal()}` },
        })
      : httpRequest({ ...options, socketPath: address.socketPath, path });
    request
      .on('response', resolve)
      .on('error', (error) => reject(unreachable(isUrl ? 'url' : 'socket', where, error)))
      .on('timeout', () => request.destroy(tooLate(PATIENCE_MS)));
    request.end();
  });
}

function openUrl(url: string, options: Parameters<typeof httpRequest>[1]) {
  return (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options);
}

async function refused(where: string, answer: IncomingMessage): Promise<HostError> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > LARGEST_REFUSAL_BYTES) break;
  }
  return refusalOf(where, { status: answer.statusCode ?? 0, text, body: parsed(text) });
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
