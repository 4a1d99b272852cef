import { LiveExchange } from './exchange';
import type { RetireReason } from '../core/scope';
import type { SocketConnection } from './socket-connection';

/**
 * A handshake as a value, and from its 101 on the lease of its connection: it ends when the connection is over, the plugin
 * was told, and its handler is through.
 */
export class SocketExchange extends LiveExchange {
  /** Undefined until the protocols were switched. */
  connection: SocketConnection | undefined = undefined;
  #isClosing = false;

  override retiring(reason: RetireReason): void {
    this.connection?.goAway(reason);
  }
  override expired(): void {
    this.connection?.terminate();
    super.expired();
  }
  override responseClosed(): void {
    this.#isClosing = true;
    if (this.connection === undefined || this.connection.isOver) super.responseClosed();
  }
  /** The plugin was told that the connection is over. */
  connectionOver(): void {
    if (this.#isClosing) super.responseClosed();
  }
}
