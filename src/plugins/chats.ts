import { parseChatKey } from '../core/chat-key';
import type { Messages } from '../core/messages';
import type { PluginServices } from '../core/plugin-services';
import type { ChatContext, Message, TemporaryContext } from './tokens';

type ServicesOf = (what: string) => PluginServices;

/** `plugin.message`; `services` is asked at each use. */
export function createMessage(services: ServicesOf): Message {
  const face = (what: keyof Messages): Messages => services(`message.${what}`).message;
  return Object.freeze<Message>({
    sendText: async (chatKey, text) => face('sendText').sendText(chatKey, text),
    sendFile: async (chatKey, file) => face('sendFile').sendFile(chatKey, file),
    sendImage: async (chatKey, image) => face('sendImage').sendImage(chatKey, image),
    pushSystem: async (chatKey, text, options) => face('pushSystem').pushSystem(chatKey, text, options),
  });
}

/** `plugin.context`. */
export function createChatContext(message: Message): ChatContext {
  return Object.freeze<ChatContext>({
    createTempCtx(given): TemporaryContext {
      const chatKey = parseChatKey(given);
      return Object.freeze<TemporaryContext>({
        chatKey,
        sendText: (text) => message.sendText(chatKey, text),
        sendFile: (file) => message.sendFile(chatKey, file),
        sendImage: (image) => message.sendImage(chatKey, image),
        pushSystem: (text, options) => message.pushSystem(chatKey, text, options),
      });
    },
  });
}
