import type { PluginKey } from '../plugin-key';

export interface ChannelMessage {
  readonly chatKey: string;
  readonly from: PluginKey;
  readonly kind: 'text' | 'system';
  readonly text: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Where messages for a chat session go. `chatKey` = `<adapter>-<channel>`, split at the first `-`. */
export interface Channels {
  /** @throws channel/invalid-key when `chatKey` names no adapter and channel */
  send(message: Omit<ChannelMessage, 'at'>): Promise<void>;
  /** The last messages of a chat, oldest first. */
  history(chatKey: string): readonly ChannelMessage[];
}
