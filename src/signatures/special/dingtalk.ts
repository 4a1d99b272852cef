import { randomBytes } from 'node:crypto';
import { reply, type Reply } from '../../core/reply';
import { envelopeSignature, sealEnvelope, type EnvelopeKey } from './sealed-envelope';
import { digestKey, Refusal, specialScheme, textMember, type SpecialScheme } from './special-scheme';
import { openSigned } from './wecom';

/**
 * DingTalk events: JSON whose `encrypt` is sealed, signed in the query; the answer is a sealed “success”.
 * @see https://open.dingtalk.com/document/orgapp/http-callback-overview
 */
export const dingtalk: SpecialScheme = specialScheme(
  {
    id: 'dingtalk',
    secret: '`token:encodingAesKey` of the subscription',
    expects: [
      {
        name: 'receiver',
        required: true,
        meaning: 'the app key, the corp id or the suite key, as the app’s kind has it',
      },
    ],
  },
  ({ request, secrets, at, expect }) => {
    const encrypted = textMember(request.json(), 'encrypt');
    if (encrypted === undefined) throw new Refusal('missing_signature');
    const { plain, key, secretId } = openSigned({ request, secrets, at, expect }, encrypted);
    const event: unknown = JSON.parse(plain.toString('utf8'));
    const id = textMember(event, 'eventId') ?? textMember(event, 'EventId');
    return {
      ok: true,
      scheme: 'dingtalk',
      secretId,
      bodySigned: true,
      event: textMember(event, 'EventType'),
      deliveryId: id,
      dedupeKey: id ?? digestKey(plain),
      plain,
      answer: sealedSuccess(key, expect['receiver'] ?? '', at),
    };
  },
);

/** What DingTalk takes for “received”, written at `at` (epoch ms). */
export function sealedSuccess({ token, key }: EnvelopeKey, receiver: string, at: number): Reply {
  const encrypt = sealEnvelope('success', key, receiver);
  const timeStamp = String(at);
  const nonce = randomBytes(8).toString('hex');
  const msg_signature = envelopeSignature([token, timeStamp, nonce, encrypt]);
  return reply(200, { msg_signature, timeStamp, nonce, encrypt });
}
