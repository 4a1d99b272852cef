import { createUserChannels } from '../../src/state/user-channels';
import { openSecrets, keptLogger, type SecretsUnderTest } from './secrets-under-test';

let under: SecretsUnderTest;
beforeEach(async () => {
  under = await openSecrets();
});
afterEach(() => under.close());
const open = () => createUserChannels({ shared: under.database.shared, logger: keptLogger().logger });

test('a user’s channel is the one that was set, on every host, until it is removed', async () => {
  const channels = open();
  expect(channels.channelOf('ann')).toBeUndefined();
  await channels.set('ann', 'slack-ops');
  await channels.set('ann', 'slack-on-call');
  await channels.set('bob', 'console-b');
  expect(open().channelOf('ann')).toBe('slack-on-call');
  expect(channels.list()).toEqual([
    { userId: 'ann', channel: 'slack-on-call', isDefault: false },
    { userId: 'bob', channel: 'console-b', isDefault: false },
  ]);
  expect([await channels.remove('ann'), await channels.remove('ann')]).toEqual([true, false]);
  expect(channels.channelOf('ann')).toBeUndefined();
});

test('neither users nor channels that cannot be are taken', async () => {
  const channels = open();
  await expect(channels.set('a\nb', 'slack-ops')).rejects.toMatchObject({ code: 'users/bad-id' });
  await expect(channels.set('ann', 'slack')).rejects.toMatchObject({ code: 'channel/invalid-key' });
  expect(channels.list()).toEqual([]);
});

test('what another release wrote is no channel', async () => {
  await under.database.shared.put('users', 'ann', '[');
  await under.database.shared.put('users', 'bob', '{"channel":7}');
  expect([open().channelOf('ann'), open().list()]).toEqual([undefined, []]);
});
