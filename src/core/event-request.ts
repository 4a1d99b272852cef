import { HostError } from './errors';
import type { CloudEvent } from './event';
import { toCloudEvent } from './event-envelope';
import type { Exchange } from './exchange';

/** What of a request its events are read from. */
export type EventRequest = Pick<Exchange, 'headers' | 'raw' | 'json' | 'text'>;

const MOST_EVENTS = 1_000;
const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const PREFIX = 'ce-';
const TEXT_TYPE = /^(?:text\/[^;]*|[^;]*[/+]xml)$/;
const JSON_TYPE = /^(?:application\/json|[^;]*\+json)$/;
const QUOTED = /^"(?:[^"\\]|\\[\s\S])*"$/;

/**
 * The events of a request in any mode of the HTTP binding: binary, structured or batch, which has at most 1,000. None of them says
 * that it comes from a plugin: who listens knows by the source what this host's plugins emitted.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 * @throws events/unknown-format (415), events/bad-event (400), events/too-many (413), body/invalid-json (400)
 */
export function eventsIn(request: EventRequest): readonly CloudEvent[] {
  const events = givenEvents(request);
  if (events.some(({ source }) => isOfPlugin(source)))
    throw new HostError('events/bad-event', ['only plugins of this host have sources below /plugins/']);
  return events;
}

const BASE = new URL('http://host.invalid/-/');

/** Whether a source leads below `/plugins/`, however it is spelled: a listener may decode it, or resolve its dots. */
function isOfPlugin(source: string): boolean {
  if (!URL.canParse(source, BASE.href)) return false;
  const { origin, pathname } = new URL(source, BASE);
  if (origin !== BASE.origin) return false;
  const path = pathname.replace(/%[2-7][0-9a-f]/gi, (code) =>
    String.fromCharCode(parseInt(code.slice(1), 16)),
  );
  return path
    .replace(/\/{2,}|\\/g, '/')
    .toLowerCase()
    .startsWith('/plugins/');
}

function givenEvents(request: EventRequest): readonly CloudEvent[] {
  const [type = '', ...parameters] = (request.headers.get('content-type') ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  if (!type.startsWith('application/cloudevents')) return [binaryEvent(request, type)];
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (!isUtf8 || (type !== STRUCTURED && type !== BATCH))
    throw new HostError('events/unknown-format', [isUtf8 ? type : `${type}; ${charset}`]);
  const body = request.json();
  if (type === STRUCTURED) return [toCloudEvent(body)];
  if (!Array.isArray(body)) throw new HostError('events/bad-event', ['a batch is a JSON array']);
  if (body.length > MOST_EVENTS) throw new HostError('events/too-many', [body.length, MOST_EVENTS]);
  return body.map(toCloudEvent);
}

/** Attributes as headers, the body as data. */
function binaryEvent(request: EventRequest, type: string): CloudEvent {
  const attributes: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    const header = name.toLowerCase();
    if (!header.startsWith(PREFIX)) continue;
    const attribute = header.slice(PREFIX.length);
    if (attribute === 'datacontenttype' || Object.hasOwn(attributes, attribute))
      throw new HostError('events/bad-event', [`the header ${header} may not be there, or not twice`]);
    attributes[attribute] = decoded(header, value);
  }
  if (attributes['specversion'] === undefined) {
    const shown = type === '' ? 'a request without a type and ce- headers' : `${type} without ce- headers`;
    throw new HostError('events/unknown-format', [shown]);
  }
  return toCloudEvent({
    ...attributes,
    ...(type !== '' && { datacontenttype: request.headers.get('content-type') }),
    ...dataOf(request, type),
  });
}

function dataOf(request: EventRequest, type: string): Pick<CloudEvent, 'data' | 'data_base64'> {
  if (request.raw.length === 0) return {};
  if (JSON_TYPE.test(type)) return { data: request.json() };
  if (TEXT_TYPE.test(type)) return { data: request.text() };
  return { data_base64: request.raw.toString('base64') };
}

/**
 * The value of a header: quotes taken off, then percent-decoded once. Bytes above 127 that stand as they are, which some senders
 * write, are read as UTF-8 where they are that.
 */
function decoded(header: string, value: string): string {
  const plain = QUOTED.test(value) ? value.slice(1, -1).replace(/\\([\s\S])/g, '$1') : value;
  try {
    return decodeURIComponent(
      plain.replace(/%(?![0-9a-f]{2})/gi, '%25').replace(/[\u0080-\u00ff]+/g, encoded),
    );
  } catch {
    throw new HostError('events/bad-event', [`${header} is not percent-encoded UTF-8`]);
  }
}

/** Node reads headers as Latin-1. */
function encoded(run: string): string {
  const text = Buffer.from(run, 'latin1').toString('utf8');
  return encodeURIComponent(text.includes('\uFFFD') ? run : text);
}
