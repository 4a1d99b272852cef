import { parseChatKey } from './chat-key';

/** What was taken to be sent. */
export interface SentMessage {
  /** Of the message, as operators find it. */
  readonly id: string;
}

/** A file to send: its bytes, or where they are: a path inside the plugin's data folder. */
export type Attachment =
  | string
  | {
      readonly filename: string;
      /** Default: by the name's ending. */
      readonly contentType?: string;
      readonly data: string | Uint8Array;
    };

export interface PushOptions {
  /** Starts a run of the agent on the chat with this text, where one is configured. Default false. */
  readonly trigger?: boolean;
}

/**
 * Sends to chats: each resolves once the message is stored; it is sent, and tried again, by whatever host is there. Through
 * `job.message` it is stored with the job's success. `chatKey` is `<adapter>-<channel>`, split at the first `-`.
 * @throws channel/invalid-key, channel/unknown, inbox/unavailable
 */
export interface Messages {
  sendText(chatKey: string, text: string, context?: unknown): Promise<SentMessage>;
  /** At most 20 MiB. @throws channel/bad-attachment */
  sendFile(chatKey: string, file: Attachment, context?: unknown): Promise<SentMessage>;
  /** As `sendFile`, shown as an image where the adapter can. */
  sendImage(chatKey: string, image: Attachment, context?: unknown): Promise<SentMessage>;
  /** Tells the agent something the chat's users do not see. */
  pushSystem(chatKey: string, text: string, options?: PushOptions): Promise<SentMessage>;
}

/** One message on its way, as a face of `Messages` was given it. */
export interface MessageDraft {
  readonly chatKey: string;
  readonly kind: 'text' | 'system' | 'file' | 'image';
  /** Empty where a file is sent. */
  readonly text: string;
  readonly file: Attachment | undefined;
  /** Of a system message: it starts a run of the agent. */
  readonly trigger: boolean;
}

/** The face over one function that takes what is sent; chat keys are checked. */
export function messagesThrough(take: (draft: MessageDraft) => Promise<SentMessage>): Messages {
  const send = async (chatKey: string, rest: Partial<MessageDraft> & Pick<MessageDraft, 'kind'>) =>
    take({ text: '', file: undefined, trigger: false, ...rest, chatKey: parseChatKey(chatKey) });
  return Object.freeze<Messages>({
    sendText: (chatKey, text) => send(chatKey, { kind: 'text', text: String(text) }),
    sendFile: (chatKey, file) => send(chatKey, { kind: 'file', file }),
    sendImage: (chatKey, file) => send(chatKey, { kind: 'image', file }),
    pushSystem: (chatKey, text, options) =>
      send(chatKey, { kind: 'system', text: String(text), trigger: options?.trigger === true }),
  });
}
