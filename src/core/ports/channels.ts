import type { Messages } from '../messages';
import type { PluginKey } from '../plugin-key';
import type { WorkSink } from '../work-sink';

export interface ChannelMessage {
  readonly id: string;
  readonly chatKey: string;
  /** The plugin that sent it; else who wrote it in the chat. */
  readonly from: string;
  readonly direction: 'in' | 'out';
  readonly kind: 'text' | 'system' | 'file' | 'image';
  readonly text: string;
  readonly attachment?: { readonly filename: string; readonly contentType: string; readonly bytes: number };
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Where messages for a chat session go. `chatKey` = `<adapter>-<channel>`, split at the first `-`. */
export interface Channels {
  /** A plugin's face of all chats; what it sends goes where `sink` puts it. */
  of(plugin: PluginKey, sink?: WorkSink): Messages;
  /** The last messages of a chat, oldest first; `limit` default 100, at most 1,000. */
  history(chatKey: string, limit?: number): Promise<readonly ChannelMessage[]>;
  /** That something can be sent there. @throws channel/invalid-key, channel/unknown */
  check(chatKey: string): void;
  /** The chat set for a user, else, or where that cannot be sent to any more, `console-user-<id>`. */
  ofUser(userId: string): string;
}
