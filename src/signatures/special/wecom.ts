import type { LiveSecret } from '../../core/ports/secrets';
import type { SignedRequest } from '../../core/signed-request';
import { envelopeKey, isEnvelopeSignature, openEnvelope, type EnvelopeKey } from './sealed-envelope';
import {
  checkFresh,
  digestKey,
  digits,
  queryValue,
  Refusal,
  specialScheme,
  type Expectations,
  type SpecialScheme,
} from './special-scheme';

const WINDOW = { pastMs: 3_600_000, futureMs: 300_000 };

/**
 * WeCom: XML whose `Encrypt` is sealed, signed in the query.
 * @see https://developer.work.weixin.qq.com/document/path/90930
 */
export const wecom: SpecialScheme = specialScheme(
  {
    id: 'wecom',
    secret: '`token:encodingAesKey` of the callback',
    expects: [{ name: 'receiver', required: true, meaning: 'the corp id (of a suite: its id)' }],
  },
  ({ request, secrets, at, expect }) => {
    const encrypted = xmlText(request.decoded().toString('utf8'), 'Encrypt');
    if (encrypted === undefined) throw new Refusal('missing_signature');
    const opened = openSigned({ request, secrets, at, expect }, encrypted);
    const xml = opened.plain.toString('utf8');
    const id = xmlText(xml, 'MsgId');
    return {
      ok: true,
      scheme: 'wecom',
      secretId: opened.secretId,
      bodySigned: true,
      event: xmlText(xml, 'Event') ?? xmlText(xml, 'MsgType'),
      deliveryId: id,
      // Events without an id differ in sender and second, all of it sealed.
      dedupeKey: id ?? digestKey(opened.plain),
      plain: opened.plain,
    };
  },
);

export interface OpenedEnvelope {
  readonly secretId: string;
  readonly plain: Buffer;
  readonly key: EnvelopeKey;
}

/**
 * The message in a text that the query's signature covers, as WeCom and DingTalk send it. @throws Refusal unless it is
 * signed, within an hour (seconds or milliseconds), and sealed for `expect.receiver`
 */
export function openSigned(
  asked: {
    readonly request: SignedRequest;
    readonly secrets: readonly LiveSecret[];
    readonly at: number;
    readonly expect: Expectations;
  },
  encrypted: string,
): OpenedEnvelope {
  const { request, secrets, at, expect } = asked;
  const signature = queryValue(request, 'msg_signature') ?? queryValue(request, 'signature');
  const time = queryValue(request, 'timestamp');
  const nonce = queryValue(request, 'nonce');
  if (signature === undefined || nonce === undefined) throw new Refusal('missing_signature');
  const moment = digits(time);
  checkFresh(moment < MILLISECONDS_FROM ? moment * 1000 : moment, at, WINDOW);
  for (const { id, value } of secrets) {
    const key = envelopeKey(value);
    if (key === undefined) continue;
    if (!isEnvelopeSignature(signature, [key.token, time ?? '', nonce, encrypted])) continue;
    const plain = openEnvelope(encrypted, key.key, expect['receiver'] ?? '');
    if (plain !== undefined) return { secretId: id, plain, key };
  }
  if (secrets.every(({ value }) => envelopeKey(value) === undefined)) throw new Refusal('no_secret');
  throw new Refusal('bad_signature');
}
/** In milliseconds this is 1973, in seconds the year 5138. */
const MILLISECONDS_FROM = 100_000_000_000;

/** Text of the one element of that name, its CDATA taken off; undefined when there is none, or several. */
function xmlText(xml: string, name: string): string | undefined {
  const [open, close] = [`<${name}>`, `</${name}>`];
  const start = xml.indexOf(open);
  const end = xml.indexOf(close);
  if (start === -1 || end < start || xml.includes(open, start + 1)) return undefined;
  const text = xml.slice(start + open.length, end).trim();
  return text.startsWith(CDATA) && text.endsWith(']]>') ? text.slice(CDATA.length, -3) : text;
}
const CDATA = '<![CDATA[';
