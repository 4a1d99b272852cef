import { parseChatKey } from '../core/chat-key';
import { systemClock, type Clock } from '../core/clock';
import type { ChannelMessage, Channels } from '../core/ports/channels';

/** Takes what plugins send to chats, for a test to look at. */
export interface TestChannel extends Channels {
  /** Everything sent so far, in order, whatever the chat; the same array throughout. */
  readonly messages: readonly ChannelMessage[];
}

/** A channel that keeps every message and sends none: give it to `startHost`. Bad chat keys are refused as by a host. */
export function testChannel(clock: Clock = systemClock): TestChannel {
  const messages: ChannelMessage[] = [];
  return {
    messages,
    send: async ({ chatKey, from, kind, text }) => {
      parseChatKey(chatKey);
      messages.push(Object.freeze({ chatKey, from, kind, text, at: clock.now() }));
    },
    history: (chatKey) => messages.filter((message) => message.chatKey === chatKey),
  };
}
