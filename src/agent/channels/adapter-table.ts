import { HostError } from '../../core/errors';
import type { Adapter } from './adapter';
import { consoleAdapter } from './console-adapter';
import { discordAdapter } from './discord-adapter';
import { httpAdapter, type WebhookSigning } from './http-adapter';
import { slackAdapter } from './slack-adapter';
import { telegramAdapter } from './telegram-adapter';

/** Chat keys stand in indexes. */
const CHAT_KEY_CHARACTERS = 200;

/** All kinds of chats there are. */
export class AdapterTable {
  readonly all: readonly Adapter[];

  constructor(sign: WebhookSigning, now: () => number) {
    this.all = [consoleAdapter, slackAdapter, discordAdapter, telegramAdapter, httpAdapter(sign, now)];
  }

  /** Of a chat key. @throws channel/unknown naming those there are */
  get(chatKey: string): Adapter {
    const shown = chatKey.slice(0, CHAT_KEY_CHARACTERS);
    if (chatKey !== shown || /\p{Cc}/u.test(chatKey))
      throw new HostError('channel/unknown', [JSON.stringify(shown), NO_KEY]);
    const name = chatKey.slice(0, chatKey.indexOf('-'));
    const adapter = this.all.find((one) => one.name === name);
    if (adapter !== undefined) return adapter;
    const names = this.all.map((one) => one.name).join(', ');
    throw new HostError('channel/unknown', [
      chatKey,
      `there is no adapter "${name}"; a chat key begins with one of ${names}`,
    ]);
  }
}

const NO_KEY = `a chat key has at most ${CHAT_KEY_CHARACTERS} characters, and none that controls anything`;
