import { messagesThrough, type MessageDraft } from '../../src/core/messages';
import type { PluginServices } from '../../src/core/plugin-services';

/** One message that a plugin under test sent. */
export type Sent = Omit<MessageDraft, 'file' | 'trigger'> & { readonly from: string };

/** The services that a test does without: touched, each raises. Messages are kept in `sent`. */
export function noFaces(
  sent: Sent[],
  from: string,
): Pick<
  PluginServices,
  'message' | 'store' | 'cache' | 'sql' | 'events' | 'extensions' | 'agent' | 'mail' | 'env' | 'asUser'
> {
  const none = new Proxy(
    {},
    {
      get: (_target, name) => {
        throw new Error(`${String(name)} is not in this test`);
      },
    },
  ) as never;
  return {
    message: messagesThrough(async ({ chatKey, kind, text }) => {
      sent.push({ chatKey, from, kind, text });
      return { id: `m-${sent.length}` };
    }),
    store: none,
    cache: none,
    sql: none,
    events: none,
    extensions: none,
    agent: none,
    mail: none,
    env: {},
    asUser: () => none,
  };
}
