import { modesOf, type EndpointAccess } from '../core/access';
import { secretsIn } from '../core/declared-secrets';
import type { PluginKey } from '../core/plugin-key';
import type { Secrets } from '../core/ports/secrets';
import type { HttpAnswer } from './deliver-request';

interface Asked {
  readonly key: PluginKey;
  readonly access: EndpointAccess;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Why an endpoint of this host answered 503 in place of a verdict, by the reason's name, and what mends it. Callers are not
 * told that; the operator is. Undefined for any other answer.
 */
export function whyUnverified(
  { secrets, publicUrl }: { readonly secrets: Pick<Secrets, 'live'>; readonly publicUrl: string | undefined },
  { key, access, now }: Asked,
  { status, body }: Pick<HttpAnswer, 'status' | 'body'>,
): string | undefined {
  if (status !== 503 || !body.includes('request/not-ready-to-verify')) return undefined;
  const isUnset = (name: string) => secrets.live(key, name, now).length === 0;
  // One live value is enough for each mode.
  const unset = modesOf(access).flatMap((mode) => {
    const names = secretsIn(mode);
    return names.every(isUnset) ? names : [];
  });
  const [first] = unset;
  if (first !== undefined)
    return `no_secret: ${unset.join(', ')} of ${key} has no value; gatehouse secrets set ${key} ${first}`;
  const more = `more: gatehouse doctor --plugin ${key}`;
  if (publicUrl === undefined)
    return `no_public_url: the address is signed, and the host was not told its own; set publicUrl (GATEHOUSE_PUBLIC_URL); ${more}`;
  return `unavailable: what verifies it cannot be had at the moment; ${more}`;
}
