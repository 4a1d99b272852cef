import { modesOf } from '../../core/access';
import { queryOf } from '../../core/body-values';
import { signedPath } from '../../core/endpoint-path';
import type { Endpoint } from '../../core/declaration';
import type { NearMiss } from '../../core/ports/doctor';
import type { PluginKey } from '../../core/plugin-key';
import type { SignedUrls } from '../../core/ports/signed-urls';

/** What is known of the `?token=` of a signed address: it is right, it is not, or whose it is. */
export type AddressVerdict = 'right' | 'wrong' | NearMiss;

/** Undefined where the endpoint's address is not signed. */
export function judgeAddress(
  signedUrls: SignedUrls | undefined,
  plugin: PluginKey,
  endpoint: Endpoint,
  { target, at }: { readonly target: string; readonly at: number },
): AddressVerdict | undefined {
  const isSigned = modesOf(endpoint.access).some((mode) => typeof mode === 'object' && 'signedUrl' in mode);
  if (!isSigned) return undefined;
  const { token } = queryOf(target);
  if (signedUrls === undefined || typeof token !== 'string') return 'wrong';
  const path = signedPath(endpoint);
  if (signedUrls.check(plugin, path, token, at) !== undefined) return 'right';
  const ended = signedUrls.check(plugin, path, token, 0);
  if (ended !== undefined)
    return finding(
      `the sender still uses the address whose token ${ended} has ended`,
      'Give the sender the present address: `gatehouse plugins urls`.',
      { plugin, name: `?token= of ${path}`, id: ended },
    );
  for (const other of signedUrls.list())
    if (signedUrls.check(other.plugin, other.path, token, at) === other.id)
      return finding(
        `the sender uses the token of another address, ${other.plugin} ${other.path} (${other.id})`,
        'Give the sender the address of this endpoint: `gatehouse plugins urls`.',
        { plugin: other.plugin, name: `?token= of ${other.path}`, id: other.id },
      );
  return 'wrong';
}

function finding(what: string, next: string, secret: NonNullable<NearMiss['secret']>): NearMiss {
  return { kinds: ['secret'], what, next, scheme: 'signed-url', secret };
}
