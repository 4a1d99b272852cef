import { send } from './api';

export interface StreamedEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** The host's streams beat every fifteen seconds: what is silent for longer than this is broken. */
const SILENT_MS = 60_000;

/**
 * Server-sent events by `fetch`, because an EventSource sends no header of ours. Ends with the stream or the signal;
 * `opened` is called when the host has answered.
 * @throws ApiError; TypeError when nobody answers; DOMException when the signal aborts or the stream falls silent
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export async function* readEvents(
  path: string,
  signal: AbortSignal,
  opened?: () => void,
): AsyncGenerator<StreamedEvent> {
  const silent = new AbortController();
  const giveUp = () => silent.abort(new DOMException('The stream fell silent.', 'TimeoutError'));
  const response = await send('GET', path, undefined, AbortSignal.any([signal, silent.signal]));
  if (response.body === null) return;
  opened?.();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const timer = setTimeout(giveUp, SILENT_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parse(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    // Whoever reads no further leaves no connection behind.
    await reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): StreamedEvent | undefined {
  const fields = { event: 'message', id: '', data: [] as string[] };
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const name = line.slice(0, colon);
    if (name === 'data') fields.data.push(value);
    else if (name === 'event' || name === 'id') fields[name] = value;
  }
  return fields.data.length === 0 ? undefined : { ...fields, data: fields.data.join('\n') };
}
