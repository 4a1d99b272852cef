import { addressIssue, jsonBody, type Adapter, type OutgoingMessage } from './adapter';

/**
 * `slack-<name>`: an incoming webhook. It takes no files: their name and size are sent instead. Slack cuts texts above 40,000
 * characters and asks for 4,000; what it would take for markup (`&`, `<`, `>`) is escaped, so nothing in a text links or calls anyone.
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export const slackAdapter: Adapter = {
  name: 'slack',
  credential: {
    description: 'Address of an incoming webhook, https://hooks.slack.com/services/…',
    issueOf: addressIssue,
  },
  options: {},
  textLimit: 4_000,
  compose: (message, { credential }) => ({
    url: credential,
    ...jsonBody({ text: escaped(textOf(message)) }),
  }),
};

function textOf({ text, kind, file }: OutgoingMessage): string {
  if (file === undefined) return text;
  return `[${kind} ${file.filename}, ${file.data.length} bytes: incoming webhooks take no files]`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
