import { systemClock, type Clock } from '../core/clock';
import { messagesThrough } from '../core/messages';
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
    of: (from) =>
      messagesThrough(async ({ chatKey, kind, text }) => {
        const id = `message-${messages.length + 1}`;
        messages.push(Object.freeze({ id, chatKey, from, direction: 'out', kind, text, at: clock.now() }));
        return { id };
      }),
    history: async (chatKey) => messages.filter((message) => message.chatKey === chatKey),
    ofUser: (userId) => `console-user-${userId}`,
  };
}
