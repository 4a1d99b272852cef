import type { DocumentStore } from '../core/documents';
import { HostError } from '../core/errors';
import type { Job } from '../core/job';
import type { Messages } from '../core/messages';
import type { Channels } from '../core/ports/channels';
import type { OutgoingHttp } from '../core/ports/outgoing';
import type { PluginSecrets } from '../core/ports/secrets';
import type { PluginServices } from '../core/plugin-services';
import { checkUserId } from '../core/user-id';
import type { UserServices } from '../core/user-services';

export interface AsUserParts {
  readonly facts: Pick<PluginServices, 'key' | 'webhookUrl'>;
  /** Of the plugin itself. */
  readonly store: DocumentStore;
  /** Of one user. */
  secretsOf(userId: string): PluginSecrets;
  readonly http: OutgoingHttp;
  readonly message: Messages;
  readonly channels: Pick<Channels, 'ofUser'>;
}
type Through = Pick<Job, 'store' | 'message'>;

/** What a plugin has and a user of it has not, and where it is instead. */
const PLUGINS_OWN = [
  ...(['agent', 'cache', 'config', 'env', 'events', 'extensions', 'logger'] as const),
  ...(['mail', 'message', 'sql', 'tasks'] as const),
];

/**
 * `plugin.asUser(userId)`. With a job, what is written and sent is kept back until the job succeeds.
 * @throws users/bad-id
 */
export function createAsUser(parts: AsUserParts): (userId: string, job?: Through) => UserServices {
  const { facts, http, channels, secretsOf } = parts;
  return (userId, job) => {
    checkUserId(userId);
    const { store, message } = job ?? parts;
    const services: UserServices = {
      userId,
      store: store.user(userId),
      secrets: secretsOf(userId),
      http,
      webhookUrl: (path) => facts.webhookUrl(path),
      notify: async (text) => message.sendText(channels.ofUser(userId), text),
    };
    for (const name of PLUGINS_OWN)
      Object.defineProperty(services, name, {
        get() {
          const why = `it is the plugin's and no user's; use plugin.${name}`;
          throw new HostError('plugin/not-available', [facts.key, `asUser(…).${name}`, why]);
        },
      });
    return Object.freeze(services);
  };
}
