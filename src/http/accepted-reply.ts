import { reply, type Reply, type ReplyHeaders } from '../core/reply';
import type { LiveExchange } from './exchange';

/** The answer of a request that is stored and not worked yet: what its sender demands, else 202. */
export function acceptedReply(exchange: LiveExchange, receiptId: string, more: ReplyHeaders = {}): Reply {
  return (
    demandedReply(exchange, receiptId, more) ??
    reply(202, { id: receiptId, status: 'accepted' }, { location: locationOf(receiptId), ...more })
  );
}

/** What a sender demands to hear of a request that is taken; undefined where 202 will do. */
export function demandedReply(
  { keeping, target }: LiveExchange,
  receiptId: string,
  more: ReplyHeaders,
): Reply | undefined {
  const answer = keeping?.passed?.answer;
  if (answer !== undefined) return reply(answer.status, answer.body, { ...answer.headers, ...more });
  const ack = target.guard?.ack;
  if (ack === undefined || (ack.status === undefined && ack.body === undefined)) return undefined;
  const headers = { location: locationOf(receiptId), ...more };
  if (ack.body === undefined) return reply(ack.status ?? 202, undefined, headers);
  const { type = 'text/plain; charset=utf-8' } = ack;
  return reply(ack.status ?? 200, Buffer.from(ack.body), { 'content-type': type, ...headers });
}

const locationOf = (receiptId: string) => `/api/receipts/${receiptId}`;
