import type { Logger } from 'winston';
import { parseChatKey } from '../core/chat-key';
import type { SharedState } from '../core/ports/shared-state';
import type { UserChannels } from '../core/ports/user-channels';
import { checkUserId } from '../core/user-id';

const SPACE = 'users';

/** Which chat each user is told things in; `shared` has been opened. */
export function createUserChannels({
  shared,
  logger,
}: {
  readonly shared: SharedState;
  readonly logger: Logger;
}): UserChannels {
  return {
    channelOf: (userId) => channelIn(shared.get(SPACE, userId)?.value),
    list: () =>
      shared.list(SPACE).flatMap(({ name, value }) => {
        const channel = channelIn(value);
        return channel === undefined ? [] : [{ userId: name, channel, isDefault: false }];
      }),
    async set(userId, given) {
      checkUserId(userId);
      const channel = parseChatKey(given);
      await shared.put(SPACE, userId, JSON.stringify({ channel }));
      logger.info("a user's channel was set", { user: userId, channel });
    },
    async remove(userId) {
      if (shared.get(SPACE, userId) === undefined) return false;
      await shared.put(SPACE, userId, undefined);
      logger.info("a user's channel was removed", { user: userId });
      return true;
    },
  };
}

/** Undefined for what this release did not write. */
function channelIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { channel } = JSON.parse(text) as { readonly channel?: unknown };
    return typeof channel === 'string' ? channel : undefined;
  } catch {
    return undefined;
  }
}
