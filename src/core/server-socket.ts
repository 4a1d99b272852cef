/** Stands for the method where a WebSocket is asked for; no HTTP method is named so. */
export const SOCKET_METHOD = 'WEBSOCKET';

/** A message that came: text as a string, binary as bytes. */
export type SocketMessage = string | Buffer;

/** Why a socket ended. */
export interface SocketEnd {
  /** @see RFC 6455 §7.4; 1006 when the connection broke */
  readonly code: number;
  readonly reason: string;
}

/**
 * One WebSocket connection, as the plugin sees it. Messages that come before anybody listens are kept until the handler is
 * through; then they are let go. Iterating ends with the connection.
 */
export interface ServerSocket extends AsyncIterable<SocketMessage> {
  /** The protocol agreed on; empty when none was. */
  readonly protocol: string;
  /** Aborts when the connection ends, whoever ended it. */
  readonly signal: AbortSignal;
  readonly isOpen: boolean;
  /** Bytes that the other side has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * Bytes and strings go as they are, everything else as JSON. Resolves once the system took it; a connection that is over
   * takes nothing, without an error. A receiver that lets more than the limit pile up is cut (1013).
   * @throws endpoint/unserializable for what JSON cannot say
   */
  send(message: unknown): Promise<void>;
  /** In place of iterating. What it throws is logged and ends the connection (1011). */
  onMessage(listener: (message: SocketMessage) => unknown): void;
  onClose(listener: (end: SocketEnd) => unknown): void;
  /** Default 1000. @throws RangeError for a code that may not be sent */
  close(code?: number, reason?: string): void;
}

/** Limits of the connections of one endpoint. */
export interface SocketLimits {
  /** Of one message that comes. Host default when absent. */
  readonly messageBytes?: number;
  /** Of what waits to be taken by the other side. Default 4 MiB. */
  readonly bufferedBytes?: number;
  /** Between two pings; one that is not answered until the next ends the connection. Default 30,000. */
  readonly heartbeatMs?: number;
  /** Offered to the client, the first that it asks for is agreed on. */
  readonly protocols?: readonly string[];
  /**
   * Whose pages may connect from a browser, e.g. `https://example.org`; `*` is any. The host's own always may. Default: any, but
   * only its own where a browser proves who asks without the page (`operator`, `basic`, `allowFrom`).
   */
  readonly origins?: readonly string[];
}
