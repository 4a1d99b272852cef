import { HostError } from '../core/errors';
import type { KeptRequests, QuarantineDesk } from '../core/ports/quarantine-desk';
import { REPLAY_HEADER, type RefusalReplays } from '../core/refusal-replays';
import { deliverRequest } from './deliver-request';

export interface RefusalReplayParts {
  readonly kept: KeptRequests;
  readonly desk: Pick<QuarantineDesk, 'purge'>;
  readonly replays: RefusalReplays;
  /** Where the host answers on this machine; undefined before it listens. */
  readonly url: () => string | undefined;
}

/** What a refused request was answered this time. */
export interface RefusalReplay {
  readonly status: number;
  /** Of the receipt, where it is stored by now. */
  readonly receiptId: string | undefined;
  /** What the sender would have been told; at most its first 64 KiB. */
  readonly body: string;
}

/** Of the connection it came by, not of the request. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  REPLAY_HEADER,
]);

/**
 * Gives the host a refused request once more, byte for byte, judged by today's rules and secrets as of when it first came, so
 * that its age does not count against it. One that passes leaves the quarantine; a repetition that was taken meanwhile is
 * known as the duplicate it is. One that is refused again is kept once.
 * @throws inbox/not-found; quarantine/not-replayable for a receipt, or where the body was not kept; samples/not-delivered
 */
export function createRefusalReplay({ kept, desk, replays, url }: RefusalReplayParts) {
  return async (id: string): Promise<RefusalReplay> => {
    const found = await kept.find(id);
    if (found.kind === 'receipt')
      throw new HostError('quarantine/not-replayable', [
        id,
        'it was not refused; `gatehouse inbox replay` replays it',
      ]);
    const { method, target, headers, receivedAt, ip, wire } = found.request;
    if (wire === undefined && (found.bodyBytes ?? 1) > 0 && hasBody(headers))
      throw new HostError('quarantine/not-replayable', [
        id,
        'its body was not kept; ask its sender to send it again',
      ]);
    const base = url();
    if (base === undefined) throw new HostError('host/stopping', []);
    const ticket = replays.open({ receivedAt, ip });
    try {
      const made = {
        method,
        target,
        headers: [...linesOf(headers), REPLAY_HEADER, ticket],
        body: wire ?? NOTHING,
        credentials: [],
      };
      const answer = await deliverRequest(base, made);
      if (answer.status < 300) await desk.purge({ ids: [found.id] });
      return { status: answer.status, receiptId: receiptIn(answer.headers), body: answer.body };
    } finally {
      replays.close(ticket);
    }
  };
}

const NOTHING = Buffer.alloc(0);

function linesOf(headers: readonly string[]): string[] {
  const lines: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] as string;
    if (!OF_THE_CONNECTION.has(name.toLowerCase())) lines.push(name, headers[index + 1] as string);
  }
  return lines;
}

function hasBody(headers: readonly string[]): boolean {
  return headers.some((name, index) => {
    const lower = index % 2 === 0 ? name.toLowerCase() : '';
    return lower === 'transfer-encoding' || (lower === 'content-length' && headers[index + 1] !== '0');
  });
}

/** `Location: /api/receipts/<id>` */
function receiptIn(headers: readonly (readonly [string, string])[]): string | undefined {
  const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  return location === undefined ? undefined : /\/api\/receipts\/([^/?#]+)$/.exec(location)?.[1];
}
