/** One server-sent event; a comment line arrives as the event `:`. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** The events of an open stream, in order, until the server ends it. `signal` closes it from this side. */
export async function* eventsAt(url: string, signal?: AbortSignal): AsyncGenerator<ServerSentEvent> {
  const response = await fetch(url, signal === undefined ? {} : { signal });
  const type = response.headers.get('content-type') ?? 'none';
  if (!response.ok || !type.startsWith('text/event-stream') || response.body === null)
    throw new Error(`${url} answered ${response.status} ${type}`);
  let pending = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    pending += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = pending.split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) yield parseEvent(block);
  }
  if (pending !== '') throw new Error(`${url} ended in the middle of an event: ${pending}`);
}

function parseEvent(block: string): ServerSentEvent {
  const lines = block.split('\n');
  const value = (name: string) =>
    lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart())
      .join('\n');
  if (lines.every((line) => line.startsWith(':'))) return { event: ':', data: block.slice(1).trim() };
  return { event: value('event') === '' ? 'message' : value('event'), data: value('data') };
}
