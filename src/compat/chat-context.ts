import { parseChatKey } from '../core/chat-key';
import { HostError } from '../core/errors';
import type { Attachment, Messages, SentMessage } from '../core/messages';
import type { PluginServices } from '../core/plugin-services';
import { refuse } from './not-served';

/**
 * Gives the plugin's services, or raises plugin/not-bound outside a host. Called at use, never kept.
 * `what` is the name that was touched, for the error.
 */
export type ServicesSource = (what: string) => PluginServices;

/**
 * The agent context of the old system, as far as messages need one: `context.create_temp_ctx(chatKey)` makes it
 * bound to a chat; a webhook's first argument is one bound to none.
 */
export class ChatContext {
  readonly #services: ServicesSource;
  readonly #chatKey: string | undefined;

  /** @throws channel/invalid-key unless `chatKey` is `<adapter>-<channel>` or undefined */
  constructor(services: ServicesSource, chatKey: string | undefined) {
    this.#services = services;
    this.#chatKey = chatKey === undefined ? undefined : parseChatKey(chatKey);
  }

  /** `<adapter>-<channel>`. @throws compat/no-chat on a webhook's context */
  get chatKey(): string {
    return this.#bound('chatKey');
  }
  /** @deprecated `chatKey` */
  get chat_key(): string {
    return this.#bound('chat_key');
  }
  /** The part of the chat key before the first `-`. @throws compat/no-chat on a webhook's context */
  get adapterKey(): string {
    const key = this.#bound('adapterKey');
    return key.slice(0, key.indexOf('-'));
  }
  /** @deprecated `adapterKey` */
  get adapter_key(): string {
    return this.adapterKey;
  }
  /** Not served. @throws compat/not-served */
  get fs(): never {
    return refuse('ctx.fs', "node:fs, with the plugin's own folder plugin.dataDir");
  }

  /**
   * Sends to `chatKey`, or with `sendText(text)` to the chat this context is bound to; what follows is ignored.
   * @throws compat/no-chat, channel/invalid-key
   */
  readonly sendText = (...parts: ChatParts): Promise<SentMessage> => this.#send('text', parts);
  /** @deprecated `sendText` */
  readonly send_text = this.sendText;
  /** Sends a file: `sendFile(chatKey, file)`, or `sendFile(file)` to the chat this context is bound to; what follows is ignored. */
  readonly sendFile = (...parts: FileParts): Promise<SentMessage> => this.#sendFile('sendFile', parts);
  /** @deprecated `sendFile` */
  readonly send_file = this.sendFile;
  /** As `sendFile`, shown as an image where the adapter can. */
  readonly sendImage = (...parts: FileParts): Promise<SentMessage> => this.#sendFile('sendImage', parts);
  /** @deprecated `sendImage` */
  readonly send_image = this.sendImage;
  /**
   * Tells the agent of a chat something the users do not see; parameters as of `sendText`. It starts a run of the agent where `true` or
   * `{ trigger_agent: true }` follows.
   */
  readonly pushSystem = (...parts: ChatParts): Promise<SentMessage> => this.#send('system', parts);
  /** @deprecated `pushSystem` */
  readonly push_system = this.pushSystem;

  #bound(what: string): string {
    if (this.#chatKey === undefined) throw new HostError('compat/no-chat', [what]);
    return this.#chatKey;
  }

  async #send(kind: 'text' | 'system', parts: ChatParts): Promise<SentMessage> {
    const what = kind === 'text' ? 'sendText' : 'pushSystem';
    const [first, second, ...more] = parts;
    const isNamed = typeof second === 'string';
    const [chatKey, text] = isNamed ? [first, second] : [this.#bound(what), first];
    const { message } = this.#services(what);
    if (kind === 'text') return message.sendText(chatKey, String(text));
    const trigger = (isNamed ? more : [second, ...more]).some(isTrigger);
    return message.pushSystem(chatKey, String(text), { trigger });
  }

  async #sendFile(what: 'sendFile' | 'sendImage', [first, second]: FileParts): Promise<SentMessage> {
    const [chatKey, file] = isAttachment(second) ? [String(first), second] : [this.#bound(what), first];
    const message: Messages = this.#services(what).message;
    return message[what](chatKey, file);
  }
}

/** What is none is a context or options of the old system, which may follow. */
function isAttachment(value: unknown): value is Attachment {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && 'data' in value);
}

function isTrigger(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === true;
  const { trigger, trigger_agent, triggerAgent } = value as Readonly<Record<string, unknown>>;
  return [trigger, trigger_agent, triggerAgent].includes(true);
}

/** `(chatKey, file)` or `(file)`; what follows is ignored. */
export type FileParts = [chatKeyOrFile: Attachment, file?: unknown, ...ignored: unknown[]];
/** `(chatKey, text)` or `(text)`; options of the old system may follow and are ignored. */
export type ChatParts = [chatKeyOrText: string, text?: unknown, ...ignored: unknown[]];
