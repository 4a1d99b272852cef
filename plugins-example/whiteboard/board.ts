import type { Response } from 'express';

export interface Stroke {
  /** `#rrggbb`. */
  readonly color: string;
  /** In thousandths of the board's width. */
  readonly width: number;
  /** Pairs from 0 to 1, so that boards of any size agree. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

const heartbeatMs = 5_000;
const mostStrokes = 2_000;
/** A client that reads so slowly that this much waits for it is let go; it comes back and gets a snapshot. */
const mostBytesWaiting = 1_000_000;

/** What is drawn, and who is looking: every client gets a snapshot first, then each change. */
export class Board {
  #strokes: Stroke[] = [];
  readonly #clients = new Set<Response>();

  get status(): { strokes: number; clients: number } {
    return { strokes: this.#strokes.length, clients: this.#clients.size };
  }

  join(client: Response): void {
    this.#clients.add(client);
    // A comment line: keeps proxies from closing a quiet stream.
    const heartbeat = setInterval(() => send(client, ': heartbeat\n\n'), heartbeatMs);
    client.on('close', () => {
      clearInterval(heartbeat);
      this.#clients.delete(client);
      this.#tell('clients', this.#clients.size);
    });
    client.set({
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    send(client, event('snapshot', { strokes: this.#strokes }));
    this.#tell('clients', this.#clients.size);
  }

  draw(stroke: Stroke): void {
    this.#strokes = [...this.#strokes.slice(1 - mostStrokes), stroke];
    this.#tell('stroke', stroke);
  }

  clear(): void {
    this.#strokes = [];
    this.#tell('clear', {});
  }

  #tell(name: string, data: unknown): void {
    const text = event(name, data);
    for (const client of this.#clients) send(client, text);
  }
}

function send(client: Response, text: string): void {
  // Ended by the host, which has said goodbye, and not closed yet.
  if (client.writableEnded) return;
  if (client.writableLength > mostBytesWaiting) client.destroy();
  else client.write(text);
}

const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** The stroke in a request's body, or undefined when it is none. */
export function parseStroke(body: unknown): Stroke | undefined {
  const { color, width, points } = (body ?? {}) as Record<string, unknown>;
  if (typeof color !== 'string' || !/^#[0-9a-f]{6}$/.test(color)) return undefined;
  if (typeof width !== 'number' || !(width >= 1 && width <= 50)) return undefined;
  if (!Array.isArray(points) || points.length === 0 || points.length > 5_000 || !points.every(isPoint))
    return undefined;
  return { color, width, points };
}

const isPoint = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number' && n >= 0 && n <= 1);
