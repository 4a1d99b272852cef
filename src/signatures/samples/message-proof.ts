import { randomBytes } from 'node:crypto';
import type { MessageSignatureAccess } from '../../core/access';
import { HostError } from '../../core/errors';
import type { InvalidReason, SampleTarget } from '../../core/ports/samples';
import { signMessage } from '../message-signature/sign-message';
import { secretFor, type SampleProof } from './sample-proof';

const WINDOW_S = 300;
const MARGIN_S = 60;

/** Signs as RFC 9421 says, with the first of the keys. @throws samples/no-secret, samples/cannot-sign */
export function messageProof({ messageSignature }: MessageSignatureAccess, where: SampleTarget): SampleProof {
  const { keys, components, tag, window = WINDOW_S } = messageSignature;
  const [first] = Object.entries(keys);
  if (first === undefined) throw new HostError('samples/cannot-sign', ['the endpoint names no key.']);
  const [keyId, { algorithm, secret }] = first;
  const key = secretFor(secret, where);
  return {
    reasons: ['missing_signature', 'bad_signature', 'timestamp_too_old', 'timestamp_too_new'],
    isSigned: true,
    prove: (draft, reason) => {
      draft.hide(key);
      if (reason === 'missing_signature') return;
      const { method, target, body } = draft;
      const message = { method, url: where.publicBase + target, headers: draft.named(), body };
      const at = where.at + shiftMs(reason, window);
      const more = { ...(components !== undefined && { components }), ...(tag !== undefined && { tag }) };
      const headers = unlessItFails(() => signMessage(message, { keyId, algorithm, key, at, ...more }));
      if (reason === 'bad_signature') headers['signature'] = otherSignature(headers['signature'] ?? '');
      for (const [name, value] of Object.entries(headers)) draft.set(name, value);
    },
  };
}

function shiftMs(reason: InvalidReason | undefined, window: number): number {
  const shift = (window + MARGIN_S) * 1_000;
  return reason === 'timestamp_too_old' ? -shift : reason === 'timestamp_too_new' ? shift : 0;
}

/** Of the same length. */
function otherSignature(text: string): string {
  return text.replace(/:([^:]*):/, (_, base64: string) => {
    const { length } = Buffer.from(base64, 'base64');
    return `:${randomBytes(length).toString('base64')}:`;
  });
}

function unlessItFails<T>(sign: () => T): T {
  try {
    return sign();
  } catch {
    // What OpenSSL says of a key is not repeated: nothing of the key may get out.
    throw new HostError('samples/cannot-sign', [
      'something that is to be covered is not in the request, or the secret is no key to sign with; verifying needs the public key, signing the private one.',
    ]);
  }
}
