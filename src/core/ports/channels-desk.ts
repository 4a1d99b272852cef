import type { Rate } from '../declaration';
import type { Secret } from '../secret';
import type { ChannelMessage } from './channels';

/** What an adapter wants to be told of a channel. */
export interface AdapterInfo {
  readonly name: string;
  /** What its one secret value is; undefined where it needs none. */
  readonly credential: string | undefined;
  readonly options: readonly {
    readonly name: string;
    readonly description: string;
    readonly required: boolean;
  }[];
}

/** What an operator says of a channel; it replaces all that was said before, but for a credential that is left out. */
export interface ChannelChange {
  /** Left out: the one that is stored stays. */
  readonly credential?: Secret | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
  /** Instead of `channels.rate`. */
  readonly rate?: Rate | undefined;
  /** Of a console chat: what operators write in it starts a run of the agent. Default false. */
  readonly agent?: boolean | undefined;
}

export interface ChannelStatus {
  readonly chatKey: string;
  /** It can be sent to. */
  readonly isReady: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly hasCredential: boolean;
  readonly rate: Rate | undefined;
  readonly agent: boolean;
  /** Of the history, by what became of them. */
  readonly messages: { readonly all: number; readonly queued: number; readonly failed: number };
  /** Of the last message, epoch ms. */
  readonly lastAt: number | undefined;
}

/** A message and what became of it. */
export interface HistoryEntry extends ChannelMessage {
  /** `queued` until it is sent; `failed`: no more attempts are made; `received`: written in the chat. */
  readonly state: 'queued' | 'sent' | 'failed' | 'received';
  /** Why the last attempt failed. */
  readonly error: string | undefined;
  /** The job that sends it, once that is known. */
  readonly job: string | undefined;
  readonly sentAt: number | undefined;
}
export interface HistoryPage {
  /** Oldest first. */
  readonly items: readonly HistoryEntry[];
  /** To go on with older ones. */
  readonly before: string | undefined;
}

/** The chats of a host, for its operators. Credentials go in and do not come out. */
export interface ChannelsDesk {
  adapters(): Promise<readonly AdapterInfo[]>;
  /** Those that are configured, and those that were written to, most recent first; at most 1,000 of these. */
  list(): Promise<readonly ChannelStatus[]>;
  /** @throws channel/invalid-key, channel/bad-settings with every issue, inbox/unavailable */
  set(chatKey: string, change: ChannelChange): Promise<ChannelStatus>;
  /** Its history stays. False where nothing was set. @throws inbox/unavailable */
  remove(chatKey: string): Promise<boolean>;
  /** Sends a test message as any other. @throws channel/invalid-key, channel/no-channel, inbox/unavailable */
  test(chatKey: string): Promise<{ readonly id: string }>;
  /** `limit` default 100, at most 1,000. @throws channel/bad-request for a `before` that no page gave */
  history(
    chatKey: string,
    page?: { readonly limit?: number | undefined; readonly before?: string | undefined },
  ): Promise<HistoryPage>;
  /** Undefined when there is none. */
  message(id: string): Promise<HistoryEntry | undefined>;
  /** What is attached to a message. Undefined when there is nothing, or no more. */
  attachment(
    id: string,
  ): Promise<{ readonly filename: string; readonly contentType: string; readonly data: Buffer } | undefined>;
  /**
   * Writes into a console chat. @throws channel/invalid-key, channel/no-channel, channel/bad-request for another adapter's chat,
   * channel/too-long, inbox/unavailable
   */
  say(chatKey: string, text: string, by: string): Promise<{ readonly id: string }>;
  /** Why nothing can be sent to a chat; undefined where it can. Absent over a connection. */
  readonly whyNot?: (chatKey: string) => string | undefined;
  /**
   * Tells of each message from when it resolves, of one chat where it is given, whichever host took it; answers how to stop.
   * Absent over a connection: the operator API streams it. @throws inbox/unavailable
   */
  readonly follow?: (
    chatKey: string | undefined,
    listener: (entry: HistoryEntry) => void,
  ) => Promise<() => void>;
}
