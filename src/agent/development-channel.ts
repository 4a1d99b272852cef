import type { Logger } from 'winston';
import { parseChatKey } from '../core/chat-key';
import { systemClock, type Clock } from '../core/clock';
import type { ChannelMessage, Channels } from '../core/ports/channels';

/** Bounds of what is kept; plugins choose the chat keys, so both need one. */
const MESSAGES_PER_CHAT = 100;
const CHATS = 1_000;

export interface DevelopmentChannelOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * Where messages go while no adapter exists: each is logged with its plugin, and the last 100 of each of the 1,000
 * chats written to most recently are kept in memory.
 */
export class DevelopmentChannel implements Channels {
  readonly #chats = new Map<string, ChannelMessage[]>();
  readonly #logger: Logger;
  readonly #clock: Clock;

  constructor({ logger, clock = systemClock }: DevelopmentChannelOptions) {
    this.#logger = logger;
    this.#clock = clock;
  }

  async send(message: Omit<ChannelMessage, 'at'>): Promise<void> {
    const { chatKey, from, kind, text } = message;
    parseChatKey(chatKey);
    const kept = this.#chats.get(chatKey) ?? [];
    kept.push(Object.freeze({ chatKey, from, kind, text, at: this.#clock.now() }));
    if (kept.length > MESSAGES_PER_CHAT) kept.shift();
    // Put back last, so that the first chat of the map is the one longest silent.
    this.#chats.delete(chatKey);
    this.#chats.set(chatKey, kept);
    if (this.#chats.size > CHATS) this.#dropOldest();
    this.#logger.info(`message to ${chatKey}: ${text}`, { plugin: from, chatKey, kind });
  }

  history(chatKey: string): readonly ChannelMessage[] {
    return [...(this.#chats.get(chatKey) ?? [])];
  }

  #dropOldest(): void {
    for (const oldest of this.#chats.keys()) {
      this.#chats.delete(oldest);
      return;
    }
  }
}
