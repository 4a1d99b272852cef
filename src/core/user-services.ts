import type { DocumentStore } from './documents';
import type { SentMessage } from './messages';
import type { OutgoingHttp } from './ports/outgoing';
import type { PluginSecrets } from './ports/secrets';

/** A plugin's services in the name of one user: `plugin.asUser(userId)`. */
export interface UserServices {
  readonly userId: string;
  /** Documents of this user only. */
  readonly store: DocumentStore;
  /** Secrets of this user only. */
  readonly secrets: PluginSecrets;
  readonly http: OutgoingHttp;
  webhookUrl(path: string): string;
  /** Sends to the channel set for this user, `console-user-<id>` where none is. @throws inbox/unavailable */
  notify(text: string): Promise<SentMessage>;
}
