/** Where a user is told things. */
export interface UserChannel {
  readonly userId: string;
  /** A chat key. */
  readonly channel: string;
  /** True where nobody set one: then it is `console-user-<id>`. */
  readonly isDefault: boolean;
}

/** The chats that operators set for users, shared by the hosts of one database. */
export interface UserChannels {
  /** Undefined where none is set. */
  channelOf(userId: string): string | undefined;
  /** Those that are set, by user. */
  list(): readonly UserChannel[];
  /** @throws users/bad-id, channel/invalid-key, inbox/unavailable */
  set(userId: string, channel: string): Promise<void>;
  /** False when none was set. @throws inbox/unavailable */
  remove(userId: string): Promise<boolean>;
}
