import type { JsonWebKeys } from './json-web-keys';
import { isFor, parseToken, timeReason, type UnverifiedToken } from './json-web-token';
import {
  headerOf,
  Refusal,
  specialScheme,
  textMember,
  type Expectations,
  type SpecialScheme,
} from './special-scheme';

const ISSUER = 'https://accounts.google.com';
const KEYS = 'https://www.googleapis.com/oauth2/v3/certs';

/**
 * Google Pub/Sub push: an OpenID token of the subscription’s service account. It does not cover the body.
 * @see https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 */
export function pubsub(keys: JsonWebKeys): SpecialScheme {
  return specialScheme(
    {
      id: 'pubsub',
      secret: undefined,
      expects: [
        { name: 'serviceAccount', required: true, meaning: 'e-mail of the subscription’s service account' },
        {
          name: 'audience',
          required: false,
          meaning: 'audience of the subscription; default the endpoint’s public address',
        },
      ],
    },
    async ({ request, at, expect }) => {
      const token = bearer(headerOf(request, 'authorization'));
      const audience = expect['audience'] ?? request.publicUrl();
      if (audience === undefined) throw new Refusal('no_public_url');
      const wrong = timeReason(token.claims, at);
      if (wrong !== undefined) throw new Refusal(wrong);
      if (!isExpected(token, audience, expect)) throw new Refusal('bad_signature');
      const judged = await keys.judge(token, KEYS);
      if (judged !== 'signed') throw new Refusal(judged);
      const messageId = textMember(request.json(), 'message', 'messageId');
      return {
        ok: true,
        scheme: 'pubsub',
        secretId: token.keyId ?? '',
        bodySigned: false,
        event: textMember(request.json(), 'message', 'attributes', 'eventType'),
        deliveryId: messageId,
        // One token serves many messages, so its digest would tell none of them apart.
        dedupeKey: messageId,
      };
    },
  );
}

function bearer(header: string): UnverifiedToken {
  const [scheme = '', text = '', ...rest] = header.split(' ');
  const token = parseToken(text, ['RS256']);
  if (scheme.toLowerCase() !== 'bearer' || rest.length > 0 || token === undefined) {
    throw new Refusal('malformed_signature');
  }
  return token;
}

function isExpected({ claims }: UnverifiedToken, audience: string, expect: Expectations): boolean {
  return (
    claims['iss'] === ISSUER &&
    isFor(claims, audience) &&
    claims['email'] === expect['serviceAccount'] &&
    claims['email_verified'] === true
  );
}
