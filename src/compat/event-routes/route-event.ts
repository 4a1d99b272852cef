import type { Exchange } from '../../core/exchange';
import { HttpError } from '../../core/http-error';
import type { PluginServices } from '../../core/plugin-services';
import type { EventRoutesOptions, RouteHandler } from './event-routes';
import { RouteContext } from './route-context';

const HEADERS = ['x-github-event', 'x-slack-event-type'];
const FORM = 'application/x-www-form-urlencoded';
const CHARACTERS = 200;

/**
 * Looks the event up and lets its handler answer. @throws what the handler throws; HttpError 400, body/invalid-json for a body that
 * is no JSON
 */
export function routeEvent(
  { on = {}, otherwise }: EventRoutesOptions,
  exchange: Exchange,
  services: PluginServices,
): unknown {
  const payload = payloadOf(exchange);
  const event = eventOf(exchange, payload);
  const handler = Object.hasOwn(on, event) ? (on[event] as RouteHandler) : undefined;
  if (handler === undefined && event === 'url_verification') return { challenge: challengeIn(payload) };
  const answering = handler ?? otherwise;
  if (answering === undefined) return { status: 'no_handler', event };
  return answering(payload, new RouteContext(services, exchange, event));
}

/** JSON, or the JSON in the field `payload` of a form, which GitHub and Slack can send. */
function payloadOf(exchange: Exchange): unknown {
  const [type = ''] = (exchange.headers.get('content-type') ?? '').toLowerCase().split(';');
  if (type.trim() === FORM) {
    const { payload } = exchange.form();
    if (typeof payload === 'string') return parsed(payload);
  }
  const value = exchange.json();
  if (value === undefined) throw new HttpError(400, 'The body is no JSON.');
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new HttpError(400, 'The field "payload" is no JSON.', {}, { cause });
  }
}

/** The first that is there and not empty: a header, the payload's own word, what the sender's signature row knows. */
function eventOf({ headers, verified }: Exchange, payload: unknown): string {
  const candidates = [...HEADERS.map((name) => headers.get(name)), member(payload, 'type'), verified?.event];
  const found = candidates.find((value): value is string => typeof value === 'string' && value !== '');
  return found?.slice(0, CHARACTERS) ?? 'unknown';
}

function challengeIn(payload: unknown): string {
  const challenge = member(payload, 'challenge');
  return typeof challenge === 'string' ? challenge : '';
}

function member(payload: unknown, name: string): unknown {
  const isObject = typeof payload === 'object' && payload !== null && Object.hasOwn(payload, name);
  return isObject ? (payload as Readonly<Record<string, unknown>>)[name] : undefined;
}
