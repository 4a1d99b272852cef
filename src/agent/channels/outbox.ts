import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Logger } from 'winston';
import { HostError, toError } from '../../core/errors';
import { HOST_KEY } from '../../core/host-key';
import { messagesThrough, type MessageDraft, type Messages, type SentMessage } from '../../core/messages';
import type { PluginKey } from '../../core/plugin-key';
import type { WorkSink } from '../../core/work-sink';
import type { Adapter } from './adapter';
import { shownKey, type AdapterTable } from './adapter-table';
import { readAttachment, type AttachmentStore } from './attachments';
import { whyNotSet, type ChannelConfigs } from './channel-configs';
import type { ChatHistory } from './chat-history';
import { MESSAGE_TASK, type QueuedMessage } from './queued-message';
import { textParts } from './text-parts';

export interface OutboxParts {
  readonly adapters: AdapterTable;
  readonly configs: ChannelConfigs;
  readonly history: ChatHistory;
  readonly attachments: AttachmentStore;
  /** Stores at once. */
  readonly sink: WorkSink;
  /** The host's data folder, absolute: plugins' own are below its `plugins`. */
  readonly data: string;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Of a text; it lies in the row that workers claim. */
const TEXT_BYTES = 262_144;

/** Takes what is sent to chats and what is said in them: checked, then stored as jobs in the chat's lane. */
export class Outbox {
  constructor(private readonly parts: OutboxParts) {}

  of(plugin: PluginKey, sink: WorkSink = this.parts.sink): Messages {
    return messagesThrough((draft) => this.#send(plugin, sink, draft));
  }

  /** The adapter of a chat that can be sent to. @throws channel/unknown */
  check(chatKey: string): Adapter {
    const adapter = this.reach(chatKey);
    if (typeof adapter === 'string') throw new HostError('channel/unknown', [shownKey(chatKey), adapter]);
    return adapter;
  }

  /** The adapter of a chat that can be sent to; a text says why this one cannot. */
  reach(chatKey: string): Adapter | string {
    const adapter = this.parts.adapters.find(chatKey);
    if (typeof adapter === 'string' || adapter.credential === undefined) return adapter;
    return this.parts.configs.of(chatKey) === undefined ? whyNotSet(chatKey) : adapter;
  }

  /** What an operator writes in a chat. @throws channel/too-long, inbox/unavailable */
  async say(chatKey: string, text: string, by: string): Promise<SentMessage> {
    const trigger = this.parts.configs.of(chatKey)?.agent === true;
    const message: QueuedMessage = {
      ...({ id: newId(), chatKey, from: by, direction: 'in', kind: 'text' } as const),
      ...{ text: textIn(chatKey, text), at: this.parts.now(), trigger },
    };
    if (trigger) await this.#store([message], this.parts.sink);
    else await this.parts.history.add([message]);
    return { id: message.id };
  }

  async #send(from: PluginKey, sink: WorkSink, draft: MessageDraft): Promise<SentMessage> {
    const { attachments, data, now } = this.parts;
    const { chatKey, kind, trigger } = draft;
    const adapter = this.check(chatKey);
    const text = textIn(chatKey, draft.text);
    const folder = path.join(data, 'plugins', from);
    const isFile = kind === 'file' || kind === 'image';
    const file = isFile ? await readAttachment(chatKey, draft.file, folder) : undefined;
    const common = { chatKey, from, direction: 'out', kind, at: now(), trigger } as const;
    const id = newId();
    if (file !== undefined) {
      const { filename, contentType } = file;
      await attachments.put(id, file.data);
      const attachment = { filename, contentType, bytes: file.data.length };
      await this.#store([{ ...common, id, text: '', attachment }], sink);
      return { id };
    }
    const parts = kind === 'system' ? [text] : textParts(text, adapter.textLimit);
    const messages = parts.map((part, index) => ({ ...common, id: index === 0 ? id : newId(), text: part }));
    await this.#store(messages, sink);
    return { id };
  }

  /** In one commit, in order. Rows of what a job sends are written by the messages' own jobs, which are stored with its success. */
  async #store(messages: readonly QueuedMessage[], sink: WorkSink): Promise<void> {
    const { history, logger } = this.parts;
    const jobs = await sink.put(
      messages.map((message) => ({
        ...{ plugin: HOST_KEY, task: MESSAGE_TASK, payload: message },
        options: { lane: message.chatKey },
      })),
    );
    const stored = messages.filter((_, index) => jobs[index] !== undefined);
    if (stored.length === 0) return;
    // They are stored already: whoever called must not send them again for want of a row.
    await history.add(stored).catch((error: unknown) => {
      logger.warn(`messages are stored, and not yet in the history: ${toError(error).message}`);
    });
  }
}

function newId(): string {
  return `msg_${randomBytes(18).toString('base64url')}`;
}

/** As both databases can keep it. @throws channel/too-long */
function textIn(chatKey: string, text: string): string {
  if (Buffer.byteLength(text) > TEXT_BYTES) throw new HostError('channel/too-long', [chatKey, TEXT_BYTES]);
  return Buffer.from(text.replaceAll('\0', '\ufffd')).toString('utf8');
}
