import type { Socket } from 'node:net';
import { HostError } from '../core/errors';
import type { GateRequest, GateResponse } from './messages';
import { LINGER_MS } from './problem';
import type { Resolution } from './resolution';

/** Gives a response the connection of a handshake, which Node let go of: its errors and its end are ours to watch. */
export function takeConnection(response: GateResponse, socket: Socket): void {
  socket.on('error', () => socket.destroy());
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    // Nobody reads what the client may still send; time to read the answer, but no more.
    socket.end();
    socket.resume();
    const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(linger));
  });
}

/**
 * Refuses what asks for a WebSocket where none is served, and what asks for one in a form that is no handshake.
 * @throws request/upgrade-refused
 */
export function checkUpgrade({ headers, handshake }: GateRequest, { kind }: Resolution): void {
  if (headers.upgrade?.toLowerCase() !== 'websocket' || kind === 'refusal') return;
  if (handshake === undefined || kind !== 'endpoint')
    throw new HostError('request/upgrade-refused', ['websocket']);
}
