import { messagesThrough, type MessageDraft } from '../../src/core/messages';
import { createAsUser } from '../../src/plugins/user-services';

const sent: string[] = [];
const messages = (by: string) =>
  messagesThrough(async ({ chatKey, text }: MessageDraft) => {
    sent.push(`${by}: ${chatKey} ${text}`);
    return { id: 'm-1' };
  });
/** Says whose documents they are, and which way they are committed. */
const storeOf = (by: string): any => ({ user: (userId: string) => ({ whose: `${userId} by ${by}` }) });

const asUser = createAsUser({
  facts: { key: 'acme.ci' as never, webhookUrl: (path) => `https://x/${path}` },
  store: storeOf('the plugin'),
  secretsOf: (userId) => ({ get: (name) => `${name} of ${userId}`, set: async () => undefined }),
  http: { get: 'http' } as never,
  message: messages('the plugin'),
  channels: { ofUser: (userId) => (userId === 'ann' ? 'slack-ann' : `console-user-${userId}`) },
});
beforeEach(() => void sent.splice(0));

test('a user has documents and secrets of their own, requests and addresses of the plugin', () => {
  const ann = asUser('ann');
  expect([ann.userId, ann.store, ann.secrets.get('TOKEN'), ann.webhookUrl('in')]).toEqual([
    ...['ann', { whose: 'ann by the plugin' }, 'TOKEN of ann', 'https://x/in'],
  ]);
  expect(ann.http).toEqual({ get: 'http' });
});

test('notify sends to the channel that is set for the user, else to one of their own', async () => {
  expect(await asUser('ann').notify('hello')).toEqual({ id: 'm-1' });
  await asUser('bob').notify('hello');
  expect(sent).toEqual(['the plugin: slack-ann hello', 'the plugin: console-user-bob hello']);
});

test('given a job, documents and messages go with it', async () => {
  const job: any = { store: storeOf('the job'), message: messages('the job') };
  const ann = asUser('ann', job);
  await ann.notify('later');
  expect([ann.store, sent]).toEqual([{ whose: 'ann by the job' }, ['the job: slack-ann later']]);
});

test.each(['', ' ', 'a\nb', '\u0000', 'x'.repeat(129), 7, undefined])('%j is no user', (userId) => {
  expect(() => asUser(userId as string)).toThrow(
    expect.objectContaining({ code: 'users/bad-id', status: 400 }),
  );
});

test.each(['agent', 'cache', 'env', 'sql', 'message', 'tasks'])(
  'what a user has not, %s, raises an error that says where it is',
  (name) => {
    expect(() => (asUser('ann') as any)[name]).toThrow(
      expect.objectContaining({
        code: 'plugin/not-available',
        isInternal: true,
        message: `asUser(…).${name} is not available to acme.ci: it is the plugin's and no user's; use plugin.${name}.`,
      }),
    );
  },
);

test('the services of a user can be printed and copied', () => {
  expect(Object.keys({ ...asUser('ann') })).toEqual([
    ...['userId', 'store', 'secrets', 'http', 'webhookUrl', 'notify'],
  ]);
});
