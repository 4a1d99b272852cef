import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from 'node:crypto';
import type { MessageSignatureAccess } from '../../core/access';

/** RFC 9421 §3.3; which one counts is the key record's to say, never the request's. */
export type MessageAlgorithm = MessageSignatureAccess['messageSignature']['keys'][string]['algorithm'];

interface AsymmetricAlgorithm {
  readonly hash: string | undefined;
  readonly options: {
    readonly padding?: number;
    readonly saltLength?: number;
    readonly dsaEncoding?: 'ieee-p1363';
  };
  isFor(key: KeyObject): boolean;
}

const LEAST_MODULUS_BITS = 2_048;
const isRsa = (key: KeyObject) =>
  key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_MODULUS_BITS;

const ASYMMETRIC: Readonly<Record<Exclude<MessageAlgorithm, 'hmac-sha256'>, AsymmetricAlgorithm>> = {
  ed25519: { hash: undefined, options: {}, isFor: (key) => key.asymmetricKeyType === 'ed25519' },
  'ecdsa-p256-sha256': {
    hash: 'sha256',
    options: { dsaEncoding: 'ieee-p1363' },
    isFor: (key) => key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
  },
  'rsa-pss-sha512': {
    hash: 'sha512',
    // Signing with 64 bytes of salt, as the RFC says. Verifying any length: OpenSSL's own default is another, and senders use it.
    options: { padding: constants.RSA_PKCS1_PSS_PADDING },
    isFor: (key) => isRsa(key) || key.asymmetricKeyType === 'rsa-pss',
  },
  'rsa-v1_5-sha256': { hash: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING }, isFor: isRsa },
};

/**
 * True when the holder of `key` signed `base`. `key`: a public key in PEM, or for HMAC the secret text (`base64:` before it
 * where it is bytes). False for a key of another kind and for an empty one. Never throws.
 */
export function isMessageSignedBy(
  algorithm: MessageAlgorithm,
  key: string,
  base: Buffer,
  signature: Buffer,
): boolean {
  try {
    if (algorithm === 'hmac-sha256') {
      const expected = hmac(key, base);
      return expected?.length === signature.length && timingSafeEqual(expected, signature);
    }
    const { hash, options, isFor } = ASYMMETRIC[algorithm];
    const publicKey = publicKeyOf(key);
    return isFor(publicKey) && verify(hash, base, { key: publicKey, ...options }, signature);
  } catch {
    return false;
  }
}

/** Signs `base`. `key`: a private key in PEM, or the HMAC secret. @throws Error when the key is not one for the algorithm */
export function signMessageBase(algorithm: MessageAlgorithm, key: string, base: Buffer): Buffer {
  if (algorithm === 'hmac-sha256') {
    const signature = hmac(key, base);
    if (signature === undefined) throw new Error('an empty key signs nothing');
    return signature;
  }
  const { hash, options, isFor } = ASYMMETRIC[algorithm];
  const privateKey = createPrivateKey(key);
  if (!isFor(privateKey)) throw new Error(`the key is not one for ${algorithm}`);
  const salt = algorithm === 'rsa-pss-sha512' ? { saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {};
  return sign(hash, base, { key: privateKey, ...options, ...salt });
}

const BYTES = 'base64:';

/** Undefined for a key that is empty: it would verify for everybody. */
function hmac(key: string, base: Buffer): Buffer | undefined {
  const bytes = key.startsWith(BYTES) ? Buffer.from(key.slice(BYTES.length), 'base64') : Buffer.from(key);
  return bytes.length === 0 ? undefined : createHmac('sha256', bytes).update(base).digest();
}

const MOST_KEYS = 256;
const publicKeys = new Map<string, KeyObject>();

/** Parsed once per key: parsing costs more than verifying. @throws Error for what is no key */
function publicKeyOf(pem: string): KeyObject {
  const known = publicKeys.get(pem);
  if (known !== undefined) return known;
  const key = createPublicKey(pem);
  if (publicKeys.size >= MOST_KEYS) publicKeys.clear();
  publicKeys.set(pem, key);
  return key;
}
