import { createHash, timingSafeEqual } from 'node:crypto';
import { decryptCbc } from './sealed-envelope';
import {
  checkFresh,
  digestKey,
  digits,
  headerOf,
  isSameText,
  Refusal,
  specialScheme,
  strictBase64,
  textMember,
  type SpecialScheme,
} from './special-scheme';

const WINDOW = { pastMs: 3_600_000, futureMs: 300_000 };

/**
 * Lark and Feishu with an Encrypt Key: a keyed hash over the body as it came, which is sealed under the same key.
 * @see https://open.larksuite.com/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case
 */
export const larkEncrypted: SpecialScheme = specialScheme(
  {
    id: 'lark-encrypted',
    secret: 'the Encrypt Key',
    expects: [{ name: 'verificationToken', required: false, meaning: 'the app’s Verification Token' }],
  },
  ({ request, secrets, at, expect }) => {
    const signature = headerOf(request, 'x-lark-signature');
    const time = headerOf(request, 'x-lark-request-timestamp');
    const nonce = headerOf(request, 'x-lark-request-nonce');
    if (!/^[0-9a-f]{64}$/i.test(signature)) throw new Refusal('bad_encoding');
    checkFresh(digits(time) * 1000, at, WINDOW);
    const secret = secrets.find(({ value }) => {
      const hash = createHash('sha256').update(time).update(nonce).update(value).update(request.wire);
      return timingSafeEqual(hash.digest(), Buffer.from(signature, 'hex'));
    });
    if (secret === undefined) throw new Refusal('bad_signature');
    const plain = openLark(textMember(request.json(), 'encrypt'), secret.value);
    if (plain === undefined) throw new Refusal('bad_signature');
    const event: unknown = JSON.parse(plain.toString('utf8'));
    const token = textMember(event, 'header', 'token') ?? textMember(event, 'token') ?? '';
    if (!isSameText(expect['verificationToken'] ?? token, token)) throw new Refusal('bad_signature');
    const id = textMember(event, 'header', 'event_id') ?? textMember(event, 'uuid');
    return {
      ok: true,
      scheme: 'lark-encrypted',
      secretId: secret.id,
      bodySigned: true,
      event: textMember(event, 'header', 'event_type') ?? textMember(event, 'event', 'type'),
      deliveryId: id,
      dedupeKey: id ?? digestKey(signature),
      plain,
    };
  },
);

/** What `encrypt` of a Lark body holds: AES-256-CBC under the hash of the key, its vector in front. Undefined when nothing. */
export function openLark(encrypted: string | undefined, encryptKey: string): Buffer | undefined {
  const bytes = strictBase64(encrypted ?? '');
  const key = createHash('sha256').update(encryptKey).digest();
  return bytes.length < 32 ? undefined : decryptCbc(bytes.subarray(16), key, bytes.subarray(0, 16), true);
}
