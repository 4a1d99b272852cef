import type { Logger } from 'winston';
import type { Outbox } from './outbox';

export interface UserChatsParts {
  /** The chat that is set for a user. */
  readonly userChannel: (userId: string) => string | undefined;
  readonly reach: Outbox['reach'];
  readonly logger: Logger;
}

/**
 * Where users are told things: in the chat that is set for them, else in `console-user-<id>`. So too where that chat cannot be sent to
 * any more, of which the log is told once until it can again.
 */
export function createUserChats({ userChannel, reach, logger }: UserChatsParts): (userId: string) => string {
  // As many at most as operators have set for users.
  const gone = new Set<string>();
  return (userId) => {
    const own = `console-user-${userId}`;
    const channel = userChannel(userId);
    if (channel === undefined) return own;
    const adapter = reach(channel);
    if (typeof adapter !== 'string') {
      gone.delete(channel);
      return channel;
    }
    if (!gone.has(channel))
      logger.warn(`the channel that is set for a user is gone: ${adapter}`, { user: userId, channel });
    gone.add(channel);
    return own;
  };
}
