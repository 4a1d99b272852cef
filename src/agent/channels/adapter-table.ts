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
    const adapter = this.find(chatKey);
    if (typeof adapter === 'string') throw new HostError('channel/unknown', [shownKey(chatKey), adapter]);
    return adapter;
  }

  /** Of a chat key; a text says why there is none. */
  find(chatKey: string): Adapter | string {
    if (chatKey.length > CHAT_KEY_CHARACTERS || CONTROL.test(chatKey)) return NO_KEY;
    const name = chatKey.slice(0, chatKey.indexOf('-'));
    const names = this.all.map((one) => one.name).join(', ');
    const adapter = this.all.find((one) => one.name === name);
    return adapter ?? `there is no adapter "${name}"; a chat key begins with one of ${names}`;
  }
}

/** A chat key as messages may say it, whatever it is. */
export function shownKey(chatKey: string): string {
  const shown = chatKey.slice(0, CHAT_KEY_CHARACTERS);
  return shown === chatKey && !CONTROL.test(chatKey) ? chatKey : JSON.stringify(shown);
}

const CONTROL = /\p{Cc}/u;
const NO_KEY = `a chat key has at most ${CHAT_KEY_CHARACTERS} characters, and none that controls anything`;
