import type { HistoryEntry } from '../../../src/core/ports/channels-desk';
import { openPostgresStore } from '../../../src/inbox/postgres/open-postgres-store';
import { until } from '../../inbox/engine-under-test';
import { createTestSchema, type TestDatabase } from '../../support/postgres';
import { CI, dataFolder, openChats, type ChatsUnderTest } from './chats-under-test';
import { receivingServer, type ReceivingServer } from './receiving-server';

const home = dataFolder();
let database: TestDatabase;
let server: ReceivingServer;
let one: ChatsUnderTest;
let other: ChatsUnderTest;

beforeAll(async () => {
  database = await createTestSchema();
  server = await receivingServer();
  const open = async () =>
    openChats(home.data, {
      store: (await openPostgresStore(database.url)).store,
      settings: { keepMs: 3_600_000 },
    });
  one = await open();
  other = await open();
});
afterAll(async () => {
  await one.stop();
  await other.stop();
  await server.close();
  await database.drop();
  home.remove();
});

it('keeps the order and the rate of a chat, whichever of two hosts took and sends its messages', async () => {
  await one.set('slack-ops', `${server.url}/hook`, { rate: { requests: 2, perMs: 1_000 } });
  await until('the channel on the other host', async () =>
    (await other.desk.list()).some(({ chatKey }) => chatKey === 'slack-ops'),
  );
  const ids = [];
  for (const [index, host] of [one, other, one, other].entries())
    ids.push((await host.channels.of(CI).sendText('slack-ops', `text ${index}`)).id);
  const times = [];
  for (const id of ids) times.push(Number((await one.reached(id, 'sent')).sentAt));
  expect(server.received.map(({ text }) => (JSON.parse(text) as { text: string }).text)).toEqual([
    'text 0',
    'text 1',
    'text 2',
    'text 3',
  ]);
  expect(Number(times[2]) - Number(times[0])).toBeGreaterThanOrEqual(1_000);
});

it('tells who follows on one host what another one took', async () => {
  const heard: HistoryEntry[] = [];
  const stop = await one.desk.follow?.('console-ci', (entry) => heard.push(entry));
  await other.channels.of(CI).sendText('console-ci', 'over there');
  await until('the message', () => heard.length > 0);
  expect(heard).toMatchObject([{ text: 'over there', from: 'acme.ci' }]);
  stop?.();
});

it('pages, keeps files and cleans up as on SQLite', async () => {
  const data = Buffer.alloc(600_000, 3);
  const { id } = await one.channels.of(CI).sendFile('console-files', { filename: 'a.bin', data });
  await one.channels.of(CI).sendText('console-files', 'two');
  const last = await one.desk.history('console-files', { limit: 1 });
  expect(last.items).toMatchObject([{ text: 'two' }]);
  const before = await one.desk.history('console-files', { before: last.before });
  expect(before.items).toMatchObject([{ id, attachment: { filename: 'a.bin', bytes: 600_000 } }]);
  expect((await other.desk.attachment(id))?.data.equals(data)).toBe(true);
  await one.reached(id, 'sent');
  const { reader } = one.inbox.database;
  const long = Date.now() - 7_200_000;
  const aged = reader.updateTable('chat_message').set({ at: long }).where('token', '=', id).compile();
  await one.inbox.database.write([aged, reader.updateTable('attachment').set({ at: long }).compile()]);
  await one.tidy();
  expect(await other.desk.message(id)).toBeUndefined();
  expect(await reader.selectFrom('attachment').select('token').execute()).toEqual([]);
  expect((await one.desk.list()).find(({ chatKey }) => chatKey === 'console-files')).toMatchObject({
    messages: { all: 1, failed: 0 },
  });
});
