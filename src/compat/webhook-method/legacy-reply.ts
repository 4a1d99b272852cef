import type { Exchange } from '../../core/exchange';
import { isReply, isStatusPair, reply, type Reply } from '../../core/reply';
import { envelope } from './envelope';

/** The base of the addresses that all plugins share. */
export const GLOBAL_BASE = '/api/webhook';

/**
 * What a webhook method returned, as a Reply: a Reply itself, `[body, status]` with any body, a value as JSON 200;
 * undefined is the old system's envelope (on the global address nothing: the gathered envelope holds it).
 */
export function toLegacyReply(value: unknown, exchange: Pick<Exchange, 'key' | 'baseUrl'>): Reply {
  if (isReply(value)) return value;
  if (isStatusPair(value, true)) return reply(value[1], value[0]);
  if (value !== undefined) return reply(200, value);
  if (exchange.baseUrl === GLOBAL_BASE) return reply(200);
  return reply(200, envelope([{ plugin: exchange.key, status: 200, body: null }], []));
}
