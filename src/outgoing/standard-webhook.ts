import { createHmac, createPrivateKey, sign, type KeyObject } from 'node:crypto';

/** Before a symmetric secret, and before a private Ed25519 key. */
const SYMMETRIC = 'whsec_';
const PRIVATE = 'whsk_';
const SYMMETRIC_BYTES = { least: 24, most: 64 };
const SEED_BYTES = 32;
/** OneAsymmetricKey of an Ed25519 key, up to its 32 bytes (RFC 8410 §7). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Signs one message: `v1,…` or `v1a,…`. */
export type WebhookSigner = (signed: Buffer) => string;

/** Undefined where the secret is none of Standard Webhooks 1.0.0: `whsec_` or `whsk_`, then base64. */
export function webhookSigner(secret: string): WebhookSigner | undefined {
  if (secret.startsWith(SYMMETRIC)) {
    const key = decodeBase64(secret.slice(SYMMETRIC.length));
    if (key === undefined || key.length < SYMMETRIC_BYTES.least || key.length > SYMMETRIC_BYTES.most)
      return undefined;
    return (signed) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  }
  if (!secret.startsWith(PRIVATE)) return undefined;
  const key = ed25519Key(decodeBase64(secret.slice(PRIVATE.length)));
  return key && ((signed) => `v1a,${sign(null, signed, key).toString('base64')}`);
}

/** The headers of one attempt. `at` is its own moment, epoch ms; the id is the same for all of them. */
export function webhookHeaders(
  id: string,
  at: number,
  body: Buffer,
  signers: readonly WebhookSigner[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000));
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signers.map((signer) => signer(signed)).join(' '),
  };
}

/** Alone, or followed by its public key. */
function ed25519Key(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes?.length !== SEED_BYTES && bytes?.length !== 2 * SEED_BYTES) return undefined;
  const key = Buffer.concat([ED25519_PKCS8, bytes.subarray(0, SEED_BYTES)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** Padding may be left out; anything else that is no base64 is refused. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  const written = bytes.toString('base64');
  return text === written || text === written.replace(/={1,2}$/, '') ? bytes : undefined;
}
