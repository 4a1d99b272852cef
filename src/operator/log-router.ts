import { Router, type Response } from 'express';
import type { LogQuery } from '../core/ports/log-ring';
import { readLogQuery, type LogDesk } from './log-desk';

/** So that a proxy in between does not take silence for an end. */
const HEARTBEAT_MS = 15_000;
const LAST_EVENT_ID = /^\d{1,16}$/;

/**
 * The part of the operator API about the host's log, below `/logs`: `GET /` (`?plugin=&level=&text=&after=&limit=`), and
 * `GET /stream`, each line as a server-sent event whose id is its number; it goes on after `Last-Event-ID`.
 */
export function createLogRouter(desk: () => LogDesk): Router {
  const router = Router({ caseSensitive: true });
  router.get('/', async ({ query }, response) => {
    response.json({ lines: await desk().search(readLogQuery(query)) });
  });
  router.get('/stream', async (request, response) => {
    const query = readLogQuery(request.query);
    const last = request.get('last-event-id') ?? '';
    await stream(desk(), LAST_EVENT_ID.test(last) ? { ...query, after: Number(last) } : query, response);
  });
  return router;
}

async function stream(desk: LogDesk, query: LogQuery, response: Response): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  // Of nginx: it would gather events until it has a buffer full of them.
  response.status(200).set({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  const beat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS).unref();
  try {
    for await (const line of desk.follow(query, gone.signal)) {
      const isTaken = response.write(`id: ${line.number}\ndata: ${JSON.stringify(line)}\n\n`);
      if (!isTaken && !gone.signal.aborted) await takenOrGone(response);
    }
  } finally {
    clearInterval(beat);
    response.end();
  }
}

function takenOrGone(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
