import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { mediaTypeIn, parseUrlEncoded, URL_ENCODED } from '../../core/body-values';
import type { SignedRequest } from '../../core/signed-request';
import {
  digestKey,
  headerOf,
  optionalHeader,
  queryValue,
  Refusal,
  specialScheme,
  strictBase64,
  type SpecialScheme,
} from './special-scheme';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { https: '443', http: '80' };
const EVENTS = ['EventType', 'MessageStatus', 'CallStatus', 'SmsStatus'] as const;

/**
 * Twilio: HMAC-SHA1 over the public address and the sorted parameters of the form; other bodies by their hash in the query.
 * @see https://www.twilio.com/docs/usage/security
 */
export const twilio: SpecialScheme = specialScheme(
  {
    id: 'twilio',
    secret: 'the account’s auth token',
    expects: [],
  },
  ({ request, secrets }) => {
    const signature = strictBase64(headerOf(request, 'x-twilio-signature'), 20);
    const url = request.publicUrl();
    if (url === undefined) throw new Refusal('no_public_url');
    const fields = signedFields(request);
    const signed = fields.map(([name, value]) => name + value).join('');
    const secret = secrets.find(({ value }) =>
      spellings(url).some((spelling) =>
        timingSafeEqual(createHmac('sha1', value).update(spelling).update(signed).digest(), signature),
      ),
    );
    if (secret === undefined) throw new Refusal('bad_signature');
    const event = EVENTS.map((name) => fields.find(([field]) => field === name)?.[1]).find(Boolean);
    return {
      ok: true,
      scheme: 'twilio',
      secretId: secret.id,
      bodySigned: true,
      event,
      deliveryId: optionalHeader(request, 'i-twilio-idempotency-token'),
      dedupeKey: digestKey(signature),
    };
  },
);

/** Distinct pairs by name, then value. Of a body that is no form its hash in the signed address is checked instead. */
function signedFields(request: SignedRequest): [string, string][] {
  const hash = queryValue(request, 'bodySHA256');
  if (hash !== undefined) {
    if (!/^[0-9a-f]{64}$/i.test(hash)) throw new Refusal('bad_encoding');
    const actual = createHash('sha256').update(request.decoded()).digest();
    if (!timingSafeEqual(Buffer.from(hash, 'hex'), actual)) throw new Refusal('bad_signature');
    return [];
  }
  if (request.wire.length === 0) return [];
  // A body that nothing signs was not sent by Twilio.
  if (!isForm(request)) throw new Refusal('bad_signature');
  return Object.entries(parseUrlEncoded(request.decoded()))
    .flatMap(([name, values]) =>
      [...new Set([values].flat())].map((value): [string, string] => [name, value]),
    )
    .sort((one, other) => order(one[0], other[0]) || order(one[1], other[1]));
}

function isForm(request: SignedRequest): boolean {
  return mediaTypeIn(optionalHeader(request, 'content-type')) === URL_ENCODED;
}

/** Twilio signs the address with or without the port that is the scheme's own; which one depends on the product. */
function spellings(url: string): readonly string[] {
  const start = url.indexOf('://') + 3;
  const scheme = url.slice(0, start - 3).toLowerCase();
  const slash = url.indexOf('/', start);
  const end = slash === -1 ? url.length : slash;
  const [host = '', port] = splitPort(url.slice(start, end));
  const own = DEFAULT_PORTS[scheme];
  if (own === undefined || (port !== undefined && port !== own)) return [url];
  return [host, `${host}:${own}`].map((authority) => url.slice(0, start) + authority + url.slice(end));
}

/** An IPv6 address keeps its brackets and its colons. */
function splitPort(authority: string): [string, string | undefined] {
  const colon = authority.lastIndexOf(':');
  if (colon === -1 || colon < authority.lastIndexOf(']')) return [authority, undefined];
  return [authority.slice(0, colon), authority.slice(colon + 1)];
}

/** By code unit, as the signer sorts; never by locale. */
function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
