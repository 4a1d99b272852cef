import { Plugin } from 'gatehouse';
import { verifyAndParse, WebhookSignatureVerificationError } from 'gatehouse/compat';
import type { Exchange } from 'gatehouse';

interface WebhookEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly payload?: unknown;
}
const WEEK_MS = 7 * 86_400_000;

export const plugin = new Plugin({
  author: 'dev',
  module: 'best_practices',
  name: 'Best practices',
  version: '1.0.0',
  description: 'What a sender advises those to do that it sends to.',
});

const eventOf = (exchange: Exchange) =>
  verifyAndParse<WebhookEvent>(exchange.raw, exchange.headers, plugin.secrets.get('SIGNING_SECRET') ?? '');

const refused = (thrown: unknown) => {
  if (thrown instanceof WebhookSignatureVerificationError) return [{ error: 'Invalid signature' }, 401];
  throw thrown;
};

/** Quick acknowledgment: the event is queued, and the sender answered. */
plugin.post('/quick', async (exchange) => {
  try {
    await plugin.tasks.enqueue('process-webhook', eventOf(exchange as Exchange));
    return { status: 'ok' };
  } catch (thrown) {
    return refused(thrown);
  }
});

/** What a sender advises against: it waits for all of the work. */
plugin.post('/synchronous', async (exchange) => {
  const event = eventOf(exchange as Exchange);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await plugin.store.create('reports', { id: event.eventId });
  return { status: 'ok' };
});

/** The queue may be down: then the sender is asked to come again. */
plugin.post('/reliable', async (exchange) => {
  try {
    const event = eventOf(exchange as Exchange);
    const queued = await plugin.tasks.enqueue('process-webhook', event).catch(() => undefined);
    if (queued === undefined) return [{ error: 'Service temporarily unavailable' }, 503];
    return { status: 'ok' };
  } catch (thrown) {
    return refused(thrown);
  }
});

/** The same without a word about it: what is not caught is 503 and `Retry-After`. */
plugin.post('/plain', async (exchange) => {
  await plugin.tasks.enqueue('process-webhook', eventOf(exchange as Exchange));
  return { status: 'ok' };
});

/** Idempotency with event ids: what was processed is known for seven days. */
plugin.task<WebhookEvent>('process-webhook', async (event, job) => {
  const known = `processed:${event.eventId}`;
  if ((await plugin.cache.get(known)) !== undefined) return;
  await job.store.create('processed', { of: event.eventId, type: event.eventType });
  await plugin.cache.set(known, 'true', { ttlMs: WEEK_MS });
});
