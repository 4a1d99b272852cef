import type { Response } from 'express';
import type { OperationCall } from '../operation';

/** So that a proxy in between does not take silence for an end. */
const HEARTBEAT_MS = 15_000;

/**
 * Answers server-sent events as they come, each what `textOf` makes of an item, until there are no more, nobody takes them or
 * the caller may no longer ask for them: `follow` is given a signal for that. Whoever is slow is waited for.
 */
export async function streamEvents<Item>(
  { isStillAllowed = () => true }: Pick<OperationCall, 'isStillAllowed'>,
  response: Response,
  follow: (signal: AbortSignal) => AsyncIterable<Item>,
  textOf: (item: Item) => string,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  // Of nginx: it would gather events until it has a buffer full of them.
  response.status(200).set({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  const beat = heartbeat(response, isStillAllowed, () => gone.abort());
  try {
    for await (const item of follow(gone.signal)) {
      if (!isStillAllowed()) break;
      const isTaken = response.write(`${textOf(item)}\n\n`);
      if (!isTaken && !gone.signal.aborted) await takenOrGone(response, gone.signal);
    }
  } finally {
    clearInterval(beat);
    // Whoever does not take what is there does not take an end, either.
    if (response.writableNeedDrain) response.destroy();
    else response.end();
  }
}

/** Keeps a stream from being taken for dead; `end` is called once its caller may no longer have it. */
export function heartbeat(
  response: Response,
  isStillAllowed: () => boolean,
  end: () => void,
): NodeJS.Timeout {
  return setInterval(() => {
    if (!isStillAllowed()) end();
    else if (!response.writableNeedDrain) response.write(':\n\n');
  }, HEARTBEAT_MS).unref();
}

function takenOrGone(response: Response, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    response.on('drain', done);
    gone.addEventListener('abort', done);
  });
}
