/** Of one event; a sender of more is none of ours. */
const LONGEST_CHARACTERS = 1_048_576;

/**
 * The data of each server-sent event, until the stream ends or the signal aborts; comments and other fields are passed over.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation (read 2026-11-21)
 */
export async function* dataOf(source: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let waiting = '';
  let data: string[] = [];
  let characters = 0;
  try {
    for await (const chunk of source) {
      waiting += decoder.decode(chunk, { stream: true });
      for (let end = waiting.indexOf('\n'); end !== -1; end = waiting.indexOf('\n')) {
        const line = waiting.slice(0, end).replace(/\r$/, '');
        waiting = waiting.slice(end + 1);
        characters += line.length;
        if (characters > LONGEST_CHARACTERS) throw new Error('an event is too long');
        if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
        if (line !== '') continue;
        if (data.length > 0) yield data.join('\n');
        data = [];
        characters = 0;
      }
      if (waiting.length > LONGEST_CHARACTERS) throw new Error('an event is too long');
    }
  } catch (error) {
    // Whoever asked to stop is told nothing more.
    if (!signal.aborted) throw error;
  }
}
