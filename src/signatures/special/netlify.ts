import { createHash } from 'node:crypto';
import { isSignedWith, parseToken } from './json-web-token';
import {
  digestKey,
  headerOf,
  isSameText,
  optionalHeader,
  Refusal,
  specialScheme,
  textMember,
  type SpecialScheme,
} from './special-scheme';

/**
 * Netlify deploy notifications: an HS256 token that names the body’s hash. It carries no time.
 * @see https://docs.netlify.com/site-deploys/notifications/#payload-signature
 */
export const netlify: SpecialScheme = specialScheme(
  {
    id: 'netlify',
    secret: 'the JWS secret token of the notification',
    expects: [],
  },
  ({ request, secrets }) => {
    const token = parseToken(headerOf(request, 'x-webhook-signature'), ['HS256']);
    if (token === undefined) throw new Refusal('malformed_signature');
    const secret = secrets.find(({ value }) => isSignedWith(token, value));
    const hash = createHash('sha256').update(request.wire).digest('hex');
    const claimed = textMember(token.claims, 'sha256') ?? '';
    if (secret === undefined || token.claims['iss'] !== 'netlify' || !isSameText(claimed, hash)) {
      throw new Refusal('bad_signature');
    }
    return {
      ok: true,
      scheme: 'netlify',
      secretId: secret.id,
      bodySigned: true,
      event: optionalHeader(request, 'x-netlify-event'),
      deliveryId: undefined,
      dedupeKey: digestKey(request.wire),
    };
  },
);
