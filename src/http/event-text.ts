import { HostError } from '../core/errors';
import { isTime, type ServerEvent } from '../core/events-body';

/** Keeps a connection open that nothing is to be said on. */
export const HEARTBEAT = ':\n\n';

/**
 * What is sent of a value that a source of events yielded. An id with a NUL is left out: clients ignore it.
 * @throws endpoint/bad-event for a name or id that would break its line, and for what JSON cannot say
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventText(value: unknown): string {
  const { data, event, id, retryMs } = isEvent(value) ? value : ({ data: value } as ServerEvent);
  const name = event === undefined ? '' : `event: ${inOneLine('event', event)}\n`;
  const last = id === undefined ? '' : inOneLine('id', id);
  const known = id === undefined || last.includes('\0') ? '' : `id: ${last}\n`;
  const lines = textOf(data).split(/\r\n|\r|\n/);
  return `${name}${known}${retryMs === undefined ? '' : retryText(retryMs)}data: ${lines.join('\ndata: ')}\n\n`;
}

/** How long clients wait before they come back. @throws endpoint/bad-event */
export function retryText(retryMs: number): string {
  if (!isTime(retryMs))
    throw new HostError('endpoint/bad-event', ['retryMs is no whole number of milliseconds']);
  return `retry: ${retryMs}\n`;
}

function isEvent(value: unknown): value is ServerEvent {
  return typeof value === 'object' && value !== null && 'data' in value;
}

/** Of a plugin in JavaScript, ids are often numbers. */
function inOneLine(what: string, text: string | number): string {
  if (typeof text !== 'string' && typeof text !== 'number')
    throw new HostError('endpoint/bad-event', [`its ${what} is no text`]);
  const line = String(text);
  if (/[\r\n]/.test(line)) throw new HostError('endpoint/bad-event', [`its ${what} has a line break`]);
  return line;
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data;
  let text: string | undefined;
  try {
    text = JSON.stringify(data) as string | undefined;
  } catch (cause) {
    throw new HostError('endpoint/bad-event', ['its data is something JSON cannot say'], { cause });
  }
  if (text === undefined)
    throw new HostError('endpoint/bad-event', ['it has no data; the least is an empty text']);
  return text;
}
