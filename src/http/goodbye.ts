import type { RetireReason } from '../core/scope';
import type { GateResponse } from './messages';

/** How long a client has to take what was sent before its goodbye. */
const TAKING_MS = 1_000;

/**
 * Ends an open stream of events with a last event, so that its clients come back to the next generation; one that does not
 * take it is cut. False for any other response.
 */
export function sayGoodbye(response: GateResponse, reason: RetireReason): boolean {
  if (!response.headersSent || response.writableEnded || response.destroyed) return false;
  const type = response.getHeader('content-type') as unknown;
  if (typeof type !== 'string' || !type.startsWith('text/event-stream')) return false;
  response.end(`event: goodbye\ndata: ${JSON.stringify({ reason })}\n\n`);
  if (response.writableFinished) return true;
  const cut = setTimeout(() => response.destroy(), TAKING_MS).unref();
  response.once('close', () => clearTimeout(cut));
  return true;
}
