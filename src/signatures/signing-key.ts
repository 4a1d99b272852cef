import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { HostError } from '../core/errors';
import type { SignatureRow } from '../core/signature-row';
import { decodeKeyText, decodeStrictly } from './encoding';

/** A secret for trying a row: what the endpoint is given, and what the sender signs with. The same unless it is a key pair. */
export interface SampleSecret {
  readonly secret: string;
  readonly signingSecret: string;
}

/** OneAsymmetricKey of an Ed25519 key, up to its 32 bytes (RFC 8410 §7). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const RAW_BYTES = 32;

/** A fresh secret in the form that senders of this kind use. */
export function sampleSecret({ kind, key, signature }: SignatureRow): SampleSecret {
  if (kind === 'ed25519' || kind === 'ecdsa' || kind === 'rsa') return samplePair(kind, key);
  const bytes = randomBytes(RAW_BYTES);
  const text = key.encoding === 'base64' ? bytes.toString('base64') : bytes.toString('hex');
  const isBasic = signature.prefix === 'Basic ';
  const secret = isBasic ? `sender:${text}` : `${key.strip ?? ''}${text}`;
  return { secret, signingSecret: secret };
}

function samplePair(kind: 'ed25519' | 'ecdsa' | 'rsa', key: SignatureRow['key']): SampleSecret {
  const { publicKey, privateKey } =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : kind === 'ecdsa'
        ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
        : generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const raw = spki.subarray(-RAW_BYTES);
  const written = {
    'ed25519-hex': () => raw.toString('hex'),
    'ed25519-base64': () => raw.toString('base64'),
    'spki-base64': () => spki.toString('base64'),
    pem: () => publicKey.export({ format: 'pem', type: 'spki' }) as string,
  }[key.encoding as 'pem'];
  return {
    secret: `${key.strip ?? ''}${written()}`,
    signingSecret: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

/** The private key of a sender: PEM, or for Ed25519 the 32 or 64 bytes of its seed, `whsk_` and encoding taken off. @throws signatures/cannot-sign */
export function signingKey(row: SignatureRow, secret: string): KeyObject {
  try {
    if (secret.includes('-----BEGIN')) return createPrivateKey(secret);
    const text = secret.startsWith('whsk_') ? secret.slice('whsk_'.length) : secret;
    const seed = decodeStrictly(text, 'hex') ?? decodeKeyText(text);
    if (row.kind !== 'ed25519' || seed === undefined) throw new TypeError('neither PEM nor a seed');
    const key = Buffer.concat([ED25519_PKCS8, seed.subarray(0, RAW_BYTES)]);
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch {
    // What OpenSSL says of a key that it cannot read is not repeated: nothing of the key may get out.
    throw new HostError('signatures/cannot-sign', [
      row.id,
      'the secret is no private key; verifying needs the public one, signing the private one',
    ]);
  }
}
