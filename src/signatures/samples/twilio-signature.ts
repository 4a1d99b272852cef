import { createHash, createHmac } from 'node:crypto';

/** What Twilio signs: the address as it was registered, and the fields of the form. */
export interface TwilioMessage {
  /** Public address with path and query. */
  readonly url: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * The query that Twilio adds to the address of a request whose body is no form, so that the address vouches for it;
 * undefined for a form or an empty body. @see https://www.twilio.com/docs/usage/security
 */
export function twilioBodyHash({ contentType, body }: Omit<TwilioMessage, 'url'>): string | undefined {
  if (body.length === 0 || isForm(contentType)) return undefined;
  return createHash('sha256').update(body).digest('hex');
}

/** `X-Twilio-Signature` of a request: HMAC-SHA1 over the address and each distinct field, sorted by name, then value. */
export function twilioSignature(authToken: string, { url, contentType, body }: TwilioMessage): string {
  const mac = createHmac('sha1', authToken).update(url);
  if (isForm(contentType)) {
    const fields = new Map(
      [...new URLSearchParams(body.toString())].map((field) => [JSON.stringify(field), field]),
    );
    const sorted = [...fields.values()].sort(
      (one, other) => order(one[0], other[0]) || order(one[1], other[1]),
    );
    for (const [name, value] of sorted) mac.update(name + value);
  }
  return mac.digest('base64');
}

const isForm = (contentType: string) =>
  contentType.split(';', 1)[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';

const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
