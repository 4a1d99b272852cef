/** What this project makes of requests, as it was built. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { compileRow } = require('../../dist/signatures/compile-row.js');
const { plainRequest } = require('../../dist/signatures/plain-request.js');
const { createSamples } = require('../../dist/signatures/samples/samples.js');
const { sampleSecret } = require('../../dist/signatures/signing-key.js');
const { signatureRow } = require('../../dist/signatures/signature-rows.js');
const { createSpecialSchemes } = require('../../dist/signatures/special/special-schemes.js');

const specials = createSpecialSchemes({ fetchText: () => Promise.reject(new Error('asks nobody')) });
const samples = createSamples();

const BASE = 'https://hooks.example.com';
const TARGET = '/in/hook?team=blue&n=1%2B2';
export const URL_SIGNED = BASE + TARGET;

const JSON_BODY = JSON.stringify({
  ...{ id: 'evt_1', type: 'made', text: 'é $& $$ 👍' },
  event: { id: 'evt_1', type: 'made', event_type: 'made' },
  ...{
    events: [{ id: 'EV1', webhookEventId: 'EV1', type: 'message' }],
    data: { id: 'd-1', event_type: 'made' },
  },
  ...{ schema: '2.0', header: { event_id: 'e-1', event_type: 'im.message.receive_v1' } },
});
const FORM_BODY = 'From=%2B15005550006&Body=made+of+caf%C3%A9+%26+more&NumMedia=0&Tag=b&Tag=a&Tag=b';

const bodyOf = (id) => (id === 'twilio' ? FORM_BODY : JSON_BODY);
/** The same body as a sender might lay it out: the same values, other bytes. */
export const INDENTED_BODY = JSON.stringify(JSON.parse(JSON_BODY), undefined, 2);

/** A request: `headers` by lower-case name, what was signed with `secret` at `at` (epoch ms). */
export function signedHere(id, { at = Date.now(), secret = secretOf(id).signing, body = bodyOf(id) } = {}) {
  const isForm = id === 'twilio';
  const made = samples.make(
    {
      sender: id,
      body: Buffer.from(body),
      headers: { 'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' },
    },
    {
      ...{ access: { signature: id, secret: 'S' }, method: 'POST', target: TARGET, publicBase: BASE, at },
      ...{ secretOf: () => secret, urlToken: undefined, operatorToken: '' },
    },
  );
  const headers = {};
  for (let index = 0; index < made.headers.length; index += 2)
    headers[made.headers[index].toLowerCase()] = made.headers[index + 1];
  return { headers, body: made.body };
}

/** Whether it is taken here: `ok`, or why not. */
export async function judgedHere(id, { headers, body }, secret, at = Date.now()) {
  const request = plainRequest({ target: TARGET, publicBase: BASE, headers, body });
  const secrets = [{ id: 's1', value: secret }];
  const special = specials.get(id);
  const verdict =
    special === undefined
      ? compileRow(signatureRow(id))(request, secrets, at)
      : await special.verify(request, secrets, at, {});
  return verdict.ok ? 'ok' : verdict.reason;
}

const made = new Map();

/** One for each row: what verifies, and what signs. */
export function secretOf(id) {
  if (!made.has(id)) {
    const { secret, signingSecret } = sampleSecret(signatureRow(id));
    made.set(id, { verifying: secret, signing: signingSecret });
  }
  return made.get(id);
}

export const otherSecretOf = (id) => sampleSecret(signatureRow(id));

/** Headers of a row that a request cannot do without, in lower case. */
export function neededHeaders(id) {
  const { signature, time, signed } = signatureRow(id);
  const places = [signature.from, time?.from, ...signed];
  return [
    ...new Set(places.flatMap((place) => (place?.header === undefined ? [] : [place.header.toLowerCase()]))),
  ];
}

export const timeOf = (id) => signatureRow(id).time;
