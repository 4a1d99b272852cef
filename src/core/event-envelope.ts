import { HostError } from './errors';
import type { CloudEvent } from './event';

/** Of an attribute's name (CloudEvents 1.0.2, "Naming conventions"). */
const NAME = /^[a-z0-9]{1,100}$/;
const REQUIRED = ['id', 'source', 'type'] as const;
const TEXTS = ['time', 'subject', 'datacontenttype', 'dataschema'] as const;
/** RFC 3339 §5.6. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,20})?(?:Z|[+-]\d\d:\d\d)$/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MOST_ATTRIBUTES = 100;
const ATTRIBUTE_CHARACTERS = 8_192;

/**
 * A value that came from elsewhere as an event. Attributes that are null are not there.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 * @throws events/bad-event naming what is wrong
 */
export function toCloudEvent(value: unknown): CloudEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse('it is no JSON object');
  const { data, data_base64: bytes, ...rest } = value as Readonly<Record<string, unknown>>;
  const attributes = Object.entries(rest).filter(([, attribute]) => attribute !== null);
  if (attributes.length > MOST_ATTRIBUTES) refuse(`it has more than ${MOST_ATTRIBUTES} attributes`);
  for (const [name, attribute] of attributes) checkAttribute(name, attribute);
  const event = Object.fromEntries(attributes);
  if (event['specversion'] !== '1.0') refuse('specversion is not "1.0"');
  for (const name of REQUIRED)
    if (typeof event[name] !== 'string' || event[name] === '') refuse(`${name} is missing or no text`);
  for (const name of TEXTS)
    if (event[name] !== undefined && typeof event[name] !== 'string') refuse(`${name} is no text`);
  if (event['time'] !== undefined && !TIME.test(String(event['time']))) refuse('time is not of RFC 3339');
  return { ...event, ...dataIn(data, bytes) } as CloudEvent;
}

function checkAttribute(name: string, value: unknown): void {
  if (!NAME.test(name))
    refuse(`"${name.slice(0, 40)}" is no name of an attribute: lower-case letters and digits`);
  const isScalar = typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
  if (!isScalar) refuse(`${name} is neither a text, a whole number nor true or false`);
  if (typeof value === 'string' && value.length > ATTRIBUTE_CHARACTERS)
    refuse(`${name} is longer than ${ATTRIBUTE_CHARACTERS} characters`);
}

function dataIn(data: unknown, bytes: unknown): Pick<CloudEvent, 'data' | 'data_base64'> {
  if (bytes === undefined || bytes === null) return data === undefined ? {} : { data };
  if (data !== undefined) refuse('it has both data and data_base64');
  if (typeof bytes !== 'string' || bytes.length % 4 !== 0 || !BASE64.test(bytes))
    refuse('data_base64 is no Base64');
  return { data_base64: bytes };
}

function refuse(why: string): never {
  throw new HostError('events/bad-event', [why]);
}
