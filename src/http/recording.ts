import { isRecorded } from '../core/durable-answer';
import { recordOf } from './acceptance';
import { NO_BYTES } from './body';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';

/** What the record of a request says whose sender left before the answer: a common convention, no answer at all. */
const SENDER_LEFT = 499;

/** Keeps a receipt of a request that the handler answers, once the answer is out. `remarks` are asked for then. */
export function recordWhenOver(
  { parts: { inbox } }: Gate,
  exchange: LiveExchange,
  remarks: () => readonly string[] = () => [],
): void {
  const { keeping, response, target } = exchange;
  if (inbox === undefined || keeping === undefined || !isRecorded(target.endpoint)) return;
  keeping.closed = () => {
    const isRead = exchange.isRead || exchange.spooled !== undefined;
    if (!isRead && target.bodyKind !== 'stream' && target.bodyKind !== 'parts') return;
    if (response.headersSent) inbox.record(recordOf(exchange, remarks()), { status: response.statusCode });
    else
      inbox.record(recordOf(exchange, [...remarks(), 'the sender left before the answer']), {
        status: SENDER_LEFT,
      });
  };
}

/** Keeps a receipt of what a middleware answers before the body is read, where one is kept of what the handler answers. */
export function recordOwnAnswer({ parts: { inbox } }: Gate, exchange: LiveExchange): void {
  const { keeping, response, target } = exchange;
  if (inbox === undefined || keeping === undefined || !isRecorded(target.endpoint)) return;
  keeping.closed = () => {
    if (!response.headersSent) return;
    exchange.takeBytes(NO_BYTES);
    const remarks = ['it was answered before the body was read, which is not kept'];
    inbox.record(recordOf(exchange, remarks), { status: response.statusCode });
  };
}
