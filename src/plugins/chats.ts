import { parseChatKey } from '../core/chat-key';
import type { PluginServices } from '../core/plugin-services';
import type { ChatContext, Message, TemporaryContext } from './tokens';

type ServicesOf = (what: string) => PluginServices;

/** `plugin.message`; `services` is asked at each use. */
export function createMessage(services: ServicesOf): Message {
  const send = async (kind: 'text' | 'system', what: string, chatKey: string, text: string) => {
    const { channels, key } = services(`message.${what}`);
    await channels.send({ chatKey: parseChatKey(chatKey), from: key, kind, text: String(text) });
  };
  return Object.freeze<Message>({
    sendText: (chatKey, text) => send('text', 'sendText', chatKey, text),
    pushSystem: (chatKey, text) => send('system', 'pushSystem', chatKey, text),
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
        pushSystem: (text) => message.pushSystem(chatKey, text),
      });
    },
  });
}
