import type { Response } from 'express';
import { HostError } from '../core/errors';
import type { ChannelsDesk, HistoryEntry } from '../core/ports/channels-desk';

/** So that proxies do not take it for dead. */
const HEARTBEAT_MS = 15_000;
/** Not yet taken by whoever follows; beyond it they are too slow, and come back for the rest. */
const MOST_WAITING_BYTES = 1_048_576;

/**
 * Answers with the messages that come from now on, of one chat where it is given, as Server-Sent Events: each an event
 * `message` with JSON; `ready` once nothing is missed any more. @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function streamChats(
  { follow }: ChannelsDesk,
  chatKey: string | undefined,
  response: Response,
): Promise<void> {
  if (follow === undefined) throw new HostError('inbox/unavailable', []);
  let send = (_entry: HistoryEntry): void => undefined;
  const stop = await follow(chatKey, (entry) => send(entry));
  if (response.destroyed) return stop();
  response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  const write = (text: string) => {
    if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
    else response.write(text);
  };
  send = (entry) => write(`event: message\nid: ${entry.id}\ndata: ${JSON.stringify(entry)}\n\n`);
  write('event: ready\ndata: {}\n\n');
  const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS).unref();
  response.on('close', () => {
    clearInterval(heartbeat);
    stop();
  });
}
