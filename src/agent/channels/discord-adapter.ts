import { addressIssue, blobOf, formBody, jsonBody, type Adapter } from './adapter';

/** Whatever a text names, nobody is called by it. */
const NOBODY = { allowed_mentions: { parse: [] } };

/**
 * `discord-<name>`: a webhook of a channel. `wait=true`: it answers once the message is there. How large a file may be is the
 * server's to say (413).
 * @see https://discord.com/developers/docs/resources/webhook#execute-webhook
 */
export const discordAdapter: Adapter = {
  name: 'discord',
  credential: {
    description: 'Address of a webhook, https://discord.com/api/webhooks/…',
    issueOf: addressIssue,
  },
  options: {},
  textLimit: 2_000,
  async compose({ text, file }, { credential }) {
    const url = new URL(credential);
    url.searchParams.set('wait', 'true');
    if (file === undefined) return { url: url.href, ...jsonBody({ content: text, ...NOBODY }) };
    const form = new FormData();
    form.set(
      'payload_json',
      JSON.stringify({ ...NOBODY, attachments: [{ id: 0, filename: file.filename }] }),
    );
    form.set('files[0]', blobOf(file), file.filename);
    return { url: url.href, ...(await formBody(form)) };
  },
};
