import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, Pool } from 'undici';
import { toError } from '../core/errors';
import { checkAddress, hostOf, whereOf, type DestinationRules } from './destination';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}
/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export interface GuardedAgentOptions {
  readonly rules: DestinationRules;
  /** Default: as the system does it. */
  readonly resolve?: Resolve | undefined;
  /** Certificate authorities (PEM) instead of Node's own. */
  readonly authorities?: readonly string[] | undefined;
}

/** Until a connection, TLS included, must stand. */
const CONNECT_MS = 5_000;
/** The method is not known where a connection is made. */
const A_CONNECTION = 'A connection to';

const resolveBySystem: Resolve = (hostname) => systemLookup(hostname, { all: true });

/**
 * Connections to where the rules allow. Names are resolved here, once for each connection; if any of the addresses is
 * refused, so is the host, and nothing but what was checked is dialled: an answer that changes between check and use
 * (DNS rebinding) has no place to change in. Connections are kept for this agent alone, whose rules they passed.
 */
export function createGuardedAgent(options: GuardedAgentOptions): Agent {
  return new Agent({
    factory: (origin, poolOptions) =>
      new Pool(origin, {
        ...(poolOptions as Pool.Options),
        connect: guardedConnector(new URL(origin), options),
      }),
  });
}

function guardedConnector(
  origin: URL,
  { rules, resolve = resolveBySystem, authorities }: GuardedAgentOptions,
): buildConnector.connector {
  const where = whereOf(A_CONNECTION, origin);
  const check = (address: string) => checkAddress(where, address, origin, rules);
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    checkedAddresses(hostname, resolve, check).then(
      (found) => {
        const [first] = found;
        if (all === true) callback(null, [...found]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (thrown: unknown) => callback(toError(thrown), []),
    );
  };
  const dial = buildConnector({
    timeout: CONNECT_MS,
    lookup,
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
  });
  return (target, callback) => {
    try {
      // A literal address is never looked up.
      const host = hostOf(target.hostname);
      if (isIP(host) !== 0) check(host);
    } catch (thrown) {
      process.nextTick(callback, toError(thrown), null);
      return;
    }
    dial(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      try {
        check(socket.remoteAddress ?? '');
        callback(null, socket);
      } catch (thrown) {
        socket.destroy();
        callback(toError(thrown), null);
      }
    });
  };
}

async function checkedAddresses(
  hostname: string,
  resolve: Resolve,
  check: (address: string) => void,
): Promise<readonly ResolvedAddress[]> {
  const found = await resolve(hostname);
  if (found.length === 0) throw Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
  for (const { address } of found) check(address);
  return found;
}
