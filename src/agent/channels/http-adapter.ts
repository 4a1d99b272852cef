import { HostError } from '../../core/errors';
import { addressIssue, type Adapter } from './adapter';

const BAD_SECRET = 'it is no Standard Webhooks secret: whsec_, then 24 to 64 bytes of base64';

/**
 * Signs one message as Standard Webhooks 1.0.0 has it: the headers of one attempt, `at` its own moment in epoch ms. Undefined
 * where the secret is none: `whsec_`, then 24 to 64 bytes of base64.
 */
export type WebhookSigning = (message: {
  readonly id: string;
  readonly at: number;
  readonly body: Buffer;
  readonly secret: string;
}) => Readonly<Record<string, string>> | undefined;

/**
 * `http-<name>`: a signed Standard Webhook to any address. The body is a CloudEvent (structured JSON) of the type
 * `gatehouse.message.<kind>`; `data` has `chatKey`, `from`, `text`, and of a file `file: { filename, contentType, bytes, base64 }`:
 * the bytes themselves, for an address of this host would have to be open to whoever has it.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function httpAdapter(sign: WebhookSigning, now: () => number): Adapter {
  const probe = { id: 'probe', at: 0, body: Buffer.alloc(0) };
  return {
    name: 'http',
    credential: {
      description: 'Secret that signs, whsec_…',
      issueOf: (secret) => (sign({ ...probe, secret }) === undefined ? BAD_SECRET : undefined),
    },
    options: { url: { description: 'Where messages are sent to', required: true, issueOf: addressIssue } },
    textLimit: Infinity,
    compose({ id, chatKey, from, kind, text, at, file }, { options, credential }) {
      const bytes = file?.data.length;
      const { filename, contentType } = file ?? {};
      const base64 = file?.data.toString('base64');
      const attached = file === undefined ? {} : { file: { filename, contentType, bytes, base64 } };
      const event = {
        ...{ specversion: '1.0', id, source: '/channels', type: `gatehouse.message.${kind}` },
        ...{ time: new Date(at).toISOString(), subject: chatKey, datacontenttype: 'application/json' },
        data: { chatKey, from, text, ...attached },
      };
      const body = Buffer.from(JSON.stringify(event));
      const signed = sign({ id, at: now(), body, secret: credential });
      // Nothing leaves unsigned.
      if (signed === undefined) throw new HostError('channel/bad-settings', [chatKey, BAD_SECRET]);
      return {
        url: options['url'] ?? '',
        headers: { ...signed, 'content-type': 'application/cloudevents+json' },
        body,
      };
    },
  };
}
