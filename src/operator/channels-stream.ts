import type { Response } from 'express';
import { HostError } from '../core/errors';
import type { HistoryEntry } from '../core/ports/channels-desk';
import type { OperationCall } from './operation';
import { heartbeat } from './operations/streamed-events';

/** Not yet taken by whoever follows; beyond it they are too slow, and come back for the rest. */
const MOST_WAITING_BYTES = 1_048_576;

/**
 * Answers with the messages that come from now on, of one chat where it is given, as Server-Sent Events: each an event
 * `message` with JSON; `ready` once nothing is missed any more. It ends once the caller may no longer ask. @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function streamChats(
  { operator, isStillAllowed = () => true }: Pick<OperationCall, 'operator' | 'isStillAllowed'>,
  chatKey: string | undefined,
  response: Response,
): Promise<void> {
  const { follow } = operator.channels;
  if (follow === undefined) throw new HostError('inbox/unavailable', []);
  let send = (_entry: HistoryEntry): void => undefined;
  const stop = await follow(chatKey, (entry) => send(entry));
  if (response.destroyed) return stop();
  response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  const write = (text: string) => {
    if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
    else response.write(text);
  };
  send = (entry) => {
    if (isStillAllowed()) write(`event: message\nid: ${entry.id}\ndata: ${JSON.stringify(entry)}\n\n`);
    else response.end();
  };
  write('event: ready\ndata: {}\n\n');
  const beat = heartbeat(response, isStillAllowed, () => response.end());
  response.on('close', () => {
    clearInterval(beat);
    stop();
  });
}
