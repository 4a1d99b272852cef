import type { OutgoingAnswer } from '../../core/ports/outgoing';
import { addressIssue, blobOf, formBody, jsonBody, type Adapter, type OutgoingMessage } from './adapter';

const API = 'https://api.telegram.org';
/** Larger images are sent as documents. */
const PHOTO_BYTES = 10 * 1024 ** 2;
/** Of a bot: its number, a colon, 35 characters or so. */
const TOKEN = /^\d{1,20}:[A-Za-z0-9_-]{20,100}$/;
const CHAT = /^(?:-?\d{1,20}|@[A-Za-z0-9_]{1,64})$/;

/**
 * `telegram-<chat>`: the Bot API. The chat is its number or `@name`, as the chat key has it or as `chatId` says.
 * @see https://core.telegram.org/bots/api#sendmessage
 */
export const telegramAdapter: Adapter = {
  name: 'telegram',
  credential: {
    description: 'Token of a bot, as BotFather gave it',
    issueOf: (value) => (TOKEN.test(value) ? undefined : 'it is no token such as 123456:ABC-DEF…'),
  },
  options: {
    chatId: {
      description: 'Number or @name of the chat, where the chat key does not name it',
      issueOf: (value) => (CHAT.test(value) ? undefined : 'it is neither a number nor @name'),
    },
    apiUrl: {
      description: `Address of a Bot API server of one's own, instead of ${API}`,
      issueOf: addressIssue,
    },
  },
  textLimit: 4_096,
  async compose(message, { credential, options }) {
    const method = methodOf(message);
    const base = options['apiUrl'] ?? API;
    const url = `${base.endsWith('/') ? base.slice(0, -1) : base}/bot${credential}/${method.name}`;
    const chat = options['chatId'] ?? message.channel;
    if (message.file === undefined) return { url, ...jsonBody({ chat_id: chat, text: message.text }) };
    const form = new FormData();
    form.set('chat_id', chat);
    form.set(method.member, blobOf(message.file), message.file.filename);
    return { url, ...(await formBody(form)) };
  },
  waitMsOf,
};

function methodOf({ kind, file }: OutgoingMessage): { readonly name: string; readonly member: string } {
  if (file === undefined) return { name: 'sendMessage', member: 'text' };
  return kind === 'image' && file.data.length <= PHOTO_BYTES
    ? { name: 'sendPhoto', member: 'photo' }
    : { name: 'sendDocument', member: 'document' };
}

/** `parameters.retry_after`, seconds. */
function waitMsOf(answer: OutgoingAnswer): number | undefined {
  try {
    const { parameters } = answer.json<{ parameters?: { retry_after?: unknown } }>();
    const seconds = parameters?.retry_after;
    return typeof seconds === 'number' && seconds >= 0 ? seconds * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
