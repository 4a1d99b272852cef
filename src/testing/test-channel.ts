import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseChatKey } from '../core/chat-key';
import { systemClock, type Clock } from '../core/clock';
import { contentTypeOf } from '../core/content-types';
import { HostError } from '../core/errors';
import { messagesThrough, type Attachment, type MessageDraft } from '../core/messages';
import type { ChannelMessage, Channels } from '../core/ports/channels';

/** A message as a plugin sent it. */
export interface TestMessage extends ChannelMessage {
  /** Of a file or an image, its bytes. */
  readonly data?: Buffer;
  /** Of a system message: it would start a run of the agent. */
  readonly trigger: boolean;
}

/** Takes what plugins send to chats, for a test to look at. */
export interface TestChannel extends Channels {
  /** Everything sent so far, in order, whatever the chat; the same array throughout. */
  readonly messages: readonly TestMessage[];
}

const ADAPTERS = ['console', 'slack', 'discord', 'telegram', 'http'];

/** Of a channel, the data folder of the host it was given to last. */
const folders = new WeakMap<Channels, string>();

/** Where plugins of the host have their own folders: files are sent by their paths there. */
export function seatChannel(channel: Channels, data: string): void {
  folders.set(channel, data);
}

/**
 * A channel that keeps every message and sends none: give it to `startHost`. Bad chat keys and those of no adapter are refused as by a
 * host; a channel that a host would want to be set is there.
 */
export function testChannel(clock: Clock = systemClock): TestChannel {
  const messages: TestMessage[] = [];
  const channel: TestChannel = {
    messages,
    of: (from) =>
      messagesThrough(async ({ chatKey, kind, text, file, trigger }) => {
        check(chatKey);
        const sent = isFile(kind) ? await sentFile(chatKey, file, ownFolder(channel, from)) : {};
        const id = `message-${messages.length + 1}`;
        const at = clock.now();
        messages.push(
          Object.freeze({ id, chatKey, from, direction: 'out', kind, text, at, trigger, ...sent }),
        );
        return { id };
      }),
    history: async (chatKey) => messages.filter((message) => message.chatKey === chatKey),
    check,
    ofUser: (userId) => `console-user-${userId}`,
  };
  return channel;
}

/** @throws channel/invalid-key, channel/unknown */
function check(given: string): void {
  const chatKey = parseChatKey(given);
  const name = chatKey.slice(0, chatKey.indexOf('-'));
  if (ADAPTERS.includes(name)) return;
  const why = `there is no adapter "${name}"; a chat key begins with one of ${ADAPTERS.join(', ')}`;
  throw new HostError('channel/unknown', [chatKey, why]);
}

const isFile = (kind: MessageDraft['kind']) => kind === 'file' || kind === 'image';

/** Undefined outside a host. */
function ownFolder(channel: Channels, plugin: string): string | undefined {
  const data = folders.get(channel);
  return data === undefined ? undefined : path.join(data, 'plugins', plugin);
}

/** @throws channel/bad-attachment */
async function sentFile(
  chatKey: string,
  file: Attachment | undefined,
  folder = '.',
): Promise<Pick<TestMessage, 'attachment' | 'data'>> {
  const refuse = (why: string) => new HostError('channel/bad-attachment', [chatKey, why]);
  if (typeof file === 'string') {
    const data = await readFile(path.resolve(folder, file)).catch(() => {
      throw refuse('there is no such file in the data folder of the plugin');
    });
    const filename = path.basename(file);
    return { attachment: { filename, contentType: contentTypeOf(filename), bytes: data.length }, data };
  }
  if (typeof file !== 'object' || (file as unknown) === null || typeof file.filename !== 'string')
    throw refuse('it is neither a path nor { filename, data }');
  const { filename, contentType = contentTypeOf(filename) } = file;
  const given: unknown = file.data;
  if (typeof given !== 'string' && !ArrayBuffer.isView(given))
    throw refuse('its data is neither a text nor bytes');
  const data = typeof given === 'string' ? Buffer.from(given) : Buffer.from(file.data as Uint8Array);
  return { attachment: { filename, contentType, bytes: data.length }, data };
}
