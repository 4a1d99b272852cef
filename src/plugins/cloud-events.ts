import { isSigned } from '../core/access';
import type { Endpoint } from '../core/declaration';
import { isDurable } from '../core/durable-answer';
import type { CloudEvent } from '../core/event';
import { eventsIn } from '../core/event-request';
import type { Awaitable, Exchange } from '../core/exchange';
import { aFunction, checkOptions, count, texts } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import { reply, type Reply } from '../core/reply';
import { endpointDeclaration } from './endpoint';
import type { DescribingOptions, EndpointDefinition, ServingOptions } from './endpoint-types';

/** How events are taken in over HTTP. */
export interface CloudEventsOptions extends ServingOptions, DescribingOptions {
  /**
   * Senders that ask first whether they may send (`OPTIONS` with `WebHook-Request-Origin`) and hear yes: their names, or `*` for
   * any. Without it nobody is told anything.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Requests a minute that such a sender is told to keep to. */
  readonly allowedRate?: number | undefined;
}
/** Works one event; of a batch one after the other, and all of them again when one throws. */
export type HandleCloudEvent = (event: CloudEvent, exchange: Exchange) => Awaitable<unknown>;

/** Only what cannot be read or stored takes that long: the answer is given before any event is worked. */
const ACKNOWLEDGE = { ackWithinMs: 10_000 };

/**
 * The endpoints of an address that takes CloudEvents: the one for POST and, for those who ask first, the one for OPTIONS.
 * @throws mount/invalid listing everything wrong with the arguments
 */
export function cloudEventsDeclarations(
  key: PluginKey,
  where: string,
  path: string,
  options: CloudEventsOptions,
  handler: unknown,
  services: () => PluginServices,
): Endpoint[] {
  const { allowedOrigins, allowedRate, ...rest } = Object(options) as CloudEventsOptions;
  const issue = handler === undefined ? undefined : aFunction(handler);
  checkOptions(key, where, { allowedOrigins, allowedRate }, { allowedOrigins: texts, allowedRate: count }, [
    issue === undefined ? undefined : `the handler ${issue}; it is the last argument`,
  ]);
  const isEarly = rest.answer === undefined;
  const work = (handler as HandleCloudEvent | undefined) ?? undefined;
  const definition: EndpointDefinition = { answer: ACKNOWLEDGE, ...rest, method: 'POST', path, body: RAW };
  const serve = (exchange: Exchange) => take(exchange, { isEarly, work, services });
  const endpoint = endpointDeclaration(key, where, definition, serve);
  const taking: Endpoint = { ...withDedupe(endpoint), isWebhook: true };
  return allowedOrigins === undefined
    ? [taking]
    : [taking, consentEndpoint(key, where, path, allowedOrigins, allowedRate)];
}

const RAW = { kind: 'raw' } as const;

interface Taking {
  /** Answered as soon as the events are read, not when they are worked. */
  readonly isEarly: boolean;
  readonly work: HandleCloudEvent | undefined;
  readonly services: () => PluginServices;
}

async function take(exchange: Exchange, { isEarly, work, services }: Taking): Promise<unknown> {
  const events = eventsIn(exchange);
  if (isEarly) exchange.respond(accepted(exchange));
  if (work === undefined) {
    await services().events.publish(events);
    return accepted(exchange);
  }
  let given: unknown;
  for (const event of events) given = await work(event, exchange);
  // What is answered for many is nobody's own answer.
  return events.length === 1 ? given : undefined;
}

function accepted({ receiptId }: Exchange): Reply {
  return reply(202, undefined, receiptId === undefined ? {} : { location: `/api/receipts/${receiptId}` });
}

/**
 * Two requests with one event of the same source and id are the same. Where the body is signed that is what tells them apart: the
 * id may stand beside it, for anybody to change.
 */
function withDedupe(endpoint: Endpoint): Endpoint {
  if (endpoint.dedupe !== undefined || !isDurable(endpoint) || isSigned(endpoint.access)) return endpoint;
  return { ...endpoint, dedupe: { key: keyOf } };
}

function keyOf(exchange: Exchange): string | undefined {
  try {
    const [event, ...others] = eventsIn(exchange);
    return event === undefined || others.length > 0 ? undefined : JSON.stringify([event.source, event.id]);
  } catch {
    // What cannot be read is refused by the handler, with the reason.
    return undefined;
  }
}

/** @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection */
function consentEndpoint(
  key: PluginKey,
  where: string,
  path: string,
  origins: readonly string[],
  rate: number | undefined,
): Endpoint {
  const names = origins.map((name) => name.trim().toLowerCase());
  const definition: EndpointDefinition = { method: 'OPTIONS', path, access: 'public' };
  return endpointDeclaration(key, where, definition, ({ headers }: Exchange) => {
    const origin = headers.get('webhook-request-origin')?.trim().toLowerCase();
    const isAllowed = origin !== undefined && (names.includes('*') || names.includes(origin));
    // No consent is said by saying nothing; the callback that a request may name is never visited.
    if (!isAllowed || !/^[\u0021-\u007e]{1,253}$/.test(origin))
      return reply(200, undefined, { allow: 'POST, OPTIONS' });
    return reply(200, undefined, {
      allow: 'POST, OPTIONS',
      'webhook-allowed-origin': origin,
      ...(rate !== undefined && { 'webhook-allowed-rate': String(rate) }),
    });
  });
}
