import { HostError, isHostError } from '../../core/errors';
import type { SendDesk } from '../send-desk';

/** Anything that begins like an address of the web. */
export const isAddress = (to: string) => /^https?:\/\//i.test(to);

/**
 * Path and query of an address that is one of the host's own: of those that this shell knows, or else of those that the
 * running host says it has. Undefined for anybody else's, and where no host can be asked.
 * @throws samples/bad-request
 */
export async function ownTarget(
  to: string,
  known: readonly (string | undefined)[],
  sending: () => Pick<SendDesk, 'addresses'>,
): Promise<string | undefined> {
  if (!URL.canParse(to)) throw new HostError('samples/bad-request', ['the address after --to is none']);
  return targetBelow(to, known) ?? targetBelow(to, await addressesOf(sending));
}

/** Nobody there to ask, or nobody who answers this shell: then the address is not known to be the host's. */
async function addressesOf(sending: () => Pick<SendDesk, 'addresses'>): Promise<readonly string[]> {
  try {
    return await sending().addresses();
  } catch (thrown) {
    if (isHostError(thrown) && thrown.code.startsWith('operator/')) return [];
    throw thrown;
  }
}

/** Cut, not parsed and written anew: it is sent as it was given. */
function targetBelow(to: string, addresses: readonly (string | undefined)[]): string | undefined {
  const { origin } = new URL(to);
  const own = addresses.find(
    (one) => one !== undefined && URL.canParse(one) && new URL(one).origin === origin,
  );
  if (own === undefined) return undefined;
  const slash = to.indexOf('/', to.indexOf('://') + 3);
  const target = slash === -1 ? '/' : to.slice(slash);
  // A public address may have a path of its own, which a proxy takes off.
  const above = new URL(own).pathname.replace(/\/$/, '');
  return above !== '' && target.startsWith(`${above}/`) ? target.slice(above.length) : target;
}
