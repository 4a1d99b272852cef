import { HostError } from '../../core/errors';
import type { Exchange } from '../../core/exchange';
import { nearestName } from '../../core/nearest-name';
import type { SignatureSchemes } from '../../core/ports/signature-schemes';

/** An id of docs/providers.md; what the old system documented stands first. */
export type SignatureScheme = 'github' | 'gitlab' | (string & {});

/**
 * Whether the request was signed with `secret`, as senders of that kind do. Constant-time; an empty or missing secret is
 * never a match. What the sender had compressed is judged as it was before.
 * @throws compat/unknown-scheme
 */
export function isSigned(
  scheme: SignatureScheme,
  secret: string | undefined,
  exchange: Pick<Exchange, 'method' | 'url' | 'headers'>,
  body: () => Buffer,
  signatures: SignatureSchemes,
): boolean {
  if (!signatures.ids.includes(scheme))
    throw new HostError('compat/unknown-scheme', [
      String(scheme),
      nearestName(String(scheme), signatures.ids) ?? 'github',
    ]);
  if (typeof secret !== 'string' || secret === '') return false;
  const { method, url: target, headers } = exchange;
  return signatures.verify(scheme, { method, target, headers: [...headers].flat(), body }, secret);
}
