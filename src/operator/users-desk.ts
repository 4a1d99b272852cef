import { parseChatKey } from '../core/chat-key';
import { HostError } from '../core/errors';
import type { ChannelsDesk } from '../core/ports/channels-desk';
import type { UserChannel, UserChannels } from '../core/ports/user-channels';
import { checkUserId } from '../core/user-id';

/** What operators do with users: where each is told things. As the port `UserChannels` says. */
export interface UsersDesk {
  /** Those that are set. */
  list(): Promise<readonly UserChannel[]>;
  /** The default's name where none is set. @throws users/bad-id */
  show(userId: string): Promise<UserChannel>;
  /** @throws users/bad-id, users/bad-channel, inbox/unavailable */
  set(userId: string, channel: string): Promise<UserChannel>;
  /** False when none was set. @throws users/bad-id, inbox/unavailable */
  remove(userId: string): Promise<boolean>;
}

/** The users of this very process's host. `whyNot` says why nothing can be sent to a chat. */
export function createUsersDesk(
  channels: UserChannels,
  whyNot: ChannelsDesk['whyNot'] = () => undefined,
): UsersDesk {
  const show = (userId: string): UserChannel => {
    checkUserId(userId);
    const channel = channels.channelOf(userId);
    return { userId, channel: channel ?? `console-user-${userId}`, isDefault: channel === undefined };
  };
  return {
    list: async () => channels.list(),
    show: async (userId) => show(userId),
    set: async (userId, channel) => {
      const why = isChatKey(channel) ? whyNot(channel) : NO_KEY;
      if (why !== undefined) throw new HostError('users/bad-channel', [channel.slice(0, 200), why]);
      await channels.set(userId, channel);
      return show(userId);
    },
    remove: async (userId) => {
      show(userId);
      return channels.remove(userId);
    },
  };
}

const NO_KEY = 'it is written <adapter>-<channel>, as in slack-ops';

function isChatKey(given: string): boolean {
  try {
    return parseChatKey(given) === given;
  } catch {
    return false;
  }
}
