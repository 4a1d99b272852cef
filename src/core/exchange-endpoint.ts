import type { Endpoint } from './declaration';
import type { Exchange } from './exchange';

/** Under this an exchange tells the host which endpoint it is at; a registered symbol, for copies and realms to agree on. */
export const ENDPOINT: unique symbol = Symbol.for('gatehouse.exchange-endpoint') as never;

/** The endpoint a request is at; undefined for what is no exchange of this host. */
export function endpointOf(exchange: Exchange): Endpoint | undefined {
  return (exchange as { readonly [ENDPOINT]?: Endpoint })[ENDPOINT];
}
