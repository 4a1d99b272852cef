import { HostError } from '../../../src/core/errors';
import { task, until } from '../../inbox/engine-under-test';
import { CI, dataFolder, openChats, type ChatOptions, type ChatsUnderTest } from './chats-under-test';
import { receivingServer, type ReceivingServer } from './receiving-server';

const HOOK = '/services/T0SECRETTEAM/B0SECRETBOT/verysecrethookvalue';

let server: ReceivingServer;
let chats: ChatsUnderTest;
const home = dataFolder();
let chat = 0;
const cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  server = await receivingServer();
  chats = await openChats(home.data);
});
afterAll(async () => {
  await chats.stop();
  await server.close();
  home.remove();
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A host of one's own, in a data folder of its own unless it is given. */
async function another(options: ChatOptions, data?: string): Promise<ChatsUnderTest> {
  const elsewhere = data === undefined ? dataFolder() : undefined;
  if (elsewhere !== undefined) cleanUps.push(() => elsewhere.remove());
  const opened = await openChats(data ?? elsewhere?.data ?? '', options);
  cleanUps.push(() => opened.stop());
  return opened;
}
async function serverAt(url?: string): Promise<ReceivingServer> {
  const opened = await receivingServer(url === undefined ? 0 : Number(new URL(url).port));
  cleanUps.push(() => opened.close());
  return opened;
}
/** An address where nobody listens. */
async function deadAddress(): Promise<string> {
  const gone = await receivingServer();
  await gone.close();
  return gone.url;
}

/** A Slack channel of one's own. */
async function channel(more: object = {}): Promise<string> {
  const chatKey = `slack-${(chat += 1)}`;
  await chats.set(chatKey, `${server.url}${HOOK}/${chatKey}`, more);
  return chatKey;
}
const send = async (chatKey: string, text: string) =>
  (await chats.channels.of(CI).sendText(chatKey, text)).id;
const textsTo = (chatKey: string) =>
  server.received
    .filter(({ path }) => path.endsWith(`/${chatKey}`))
    .map(({ text }) => (JSON.parse(text) as { text: string }).text);
const jobOf = async (id: string) => chats.inbox.desk.job(String((await chats.desk.message(id))?.job));
const dead = (id: string) =>
  until('a dead letter', async () => {
    const job = await jobOf(id);
    return job.state === 'dead' ? job : undefined;
  });

it('sends the messages of a chat in their order, whatever goes wrong with one of them', async () => {
  const chatKey = await channel();
  server.answer({ status: 500 }, { status: 408 });
  const ids = [];
  for (const text of ['one', 'two', 'three']) ids.push(await send(chatKey, text));
  await chats.reached(String(ids[2]), 'sent');
  expect(textsTo(chatKey)).toEqual(['one', 'one', 'one', 'two', 'three']);
});

it('tries a dead channel again, shows it, and sends once the channel is back', async () => {
  const address = await deadAddress();
  const patient = await another({ retry: { attempts: 200, backoff: [50] } });
  await patient.set('slack-dead', `${address}${HOOK}`);
  const { id } = await patient.channels.of(CI).sendText('slack-dead', 'are you there?');
  const waiting = await until('an error', async () => {
    const entry = await patient.desk.message(id);
    return entry?.error === undefined ? undefined : entry;
  });
  expect(waiting).toMatchObject({ state: 'queued', chatKey: 'slack-dead' });
  expect(waiting.error).toContain(`POST ${address}`);
  expect(await patient.desk.list()).toMatchObject([
    { chatKey: 'slack-dead', isReady: true, messages: { all: 1, queued: 1, failed: 0 } },
  ]);
  const { items } = await patient.inbox.desk.jobs({});
  expect(items).toMatchObject([{ plugin: 'gatehouse.host', name: 'message', lane: 'slack-dead' }]);
  const back = await serverAt(address);
  expect(await patient.reached(id, 'sent')).toMatchObject({ error: undefined });
  expect(back.received).toHaveLength(1);
});

it('leaves a dead letter when all attempts are made, and sends it after all when an operator says so', async () => {
  const chatKey = await channel();
  server.answer(...Array.from({ length: 4 }, () => ({ status: 500, body: 'rollup_error' })));
  const id = await send(chatKey, 'never mind');
  const failed = await chats.reached(id, 'failed');
  const why = 'slack answered 500 (rollup_error)';
  expect(failed.error).toBe(new HostError('channel/not-sent', [chatKey, why]).message);
  const job = await dead(id);
  await chats.inbox.desk.change('retry', { ids: [job.id] });
  await chats.reached(id, 'sent');
});

it('gives up at once where the same message would be refused again', async () => {
  const chatKey = await channel();
  server.answer({ status: 404, body: 'no_service' });
  const id = await send(chatKey, 'to nobody');
  expect((await chats.reached(id, 'failed')).error).toContain('slack answered 404 (no_service)');
  const { attempts } = await dead(id);
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['gave-up']);
  // The chat goes on behind it.
  await chats.reached(await send(chatKey, 'to somebody'), 'sent');
});

it('follows no redirects', async () => {
  const chatKey = await channel();
  server.answer({ status: 302, headers: { location: `${server.url}/elsewhere` } });
  const { error } = await chats.reached(await send(chatKey, 'hello'), 'failed');
  expect(error).toContain('answered 302');
});

it('waits as long as Retry-After says, and counts no attempt for a 429', async () => {
  const chatKey = await channel();
  const limited = { status: 429, headers: { 'retry-after': '0.05' } };
  server.answer(...Array.from({ length: 6 }, () => limited));
  const id = await send(chatKey, 'patience');
  await chats.reached(id, 'sent');
  // Four attempts are all it has.
  expect(textsTo(chatKey)).toHaveLength(7);
  expect((await jobOf(id)).attempt).toBeLessThanOrEqual(1);
});

it('comes back no sooner than a server that is busy with itself asks for', async () => {
  const chatKey = await channel();
  server.answer({ status: 503, headers: { 'retry-after': '0.3' } });
  const id = await send(chatKey, 'soon');
  const { runAt } = await until('a time', async () => {
    const job = await jobOf(id).catch(() => undefined);
    return job?.state === 'later' ? job : undefined;
  });
  const { at } = (await chats.desk.message(id)) ?? { at: Infinity };
  expect(runAt - at).toBeGreaterThanOrEqual(300);
  await chats.reached(id, 'sent');
});

it('sends no more than the rate of a channel, and uses no attempts up for it', async () => {
  const chatKey = await channel({ rate: { requests: 2, perMs: 1_000 } });
  const ids = [];
  for (const text of ['one', 'two', 'three', 'four']) ids.push(await send(chatKey, text));
  const sentAt: number[] = [];
  for (const id of ids) sentAt.push(Number((await chats.reached(id, 'sent')).sentAt));
  expect(textsTo(chatKey)).toEqual(['one', 'two', 'three', 'four']);
  const gaps = sentAt.slice(2).map((at, index) => at - Number(sentAt[index]));
  expect(gaps.every((gap) => gap >= 1_000)).toBe(true);
  expect((await jobOf(String(ids[3]))).attempt).toBeLessThanOrEqual(1);
});

it('sends a long text as several messages, one after the other', async () => {
  const chatKey = await channel();
  const lines = Array.from({ length: 900 }, (_, index) => `line ${index}`);
  await send(chatKey, lines.join('\n'));
  await until(
    'all parts',
    async () =>
      (await chats.desk.history(chatKey)).items.every(({ state }) => state === 'sent') &&
      textsTo(chatKey).length > 1,
  );
  expect(textsTo(chatKey).every((text) => text.length <= 4_000)).toBe(true);
  expect(textsTo(chatKey).join('\n').split('\n')).toEqual(lines);
});

it('sends what a job sends once the job has succeeded, and once only', async () => {
  const chatKey = await channel();
  chats.put('acme.ci', [
    task('build', async (_payload, job) => {
      await job.message.sendText(chatKey, `attempt ${job.attempt}`);
      if (job.attempt === 1) throw new Error('not yet');
    }),
  ]);
  await chats.inbox.inbox.tasksOf(CI).enqueue('build', {});
  const entry = await until('a message', async () => {
    const { items } = await chats.desk.history(chatKey);
    return items.find(({ state }) => state === 'sent');
  });
  expect(entry).toMatchObject({ from: 'acme.ci', text: 'attempt 2' });
  expect(textsTo(chatKey)).toEqual(['attempt 2']);
});

it('says nothing of credentials in logs, errors or the history', async () => {
  const chatKey = await channel();
  server.answer({ status: 400, body: `invalid hook ${server.url}${HOOK}/${chatKey} of B0SECRETBOT` });
  const entry = await chats.reached(await send(chatKey, 'hello'), 'failed');
  expect(entry.error).toContain('slack answered 400');
  const everything = [
    ...chats.lines,
    JSON.stringify(await chats.desk.list()),
    JSON.stringify(await chats.desk.history(chatKey)),
    JSON.stringify(await jobOf(String(entry.id))),
    JSON.stringify(chats.inbox.shared.list('channels')),
  ].join('\n');
  expect(everything).not.toMatch(/verysecrethookvalue|SECRETTEAM|SECRETBOT/);
});

it('does not send to addresses that the operator did not allow', async () => {
  const guarded = await another({ allowPrivate: [] });
  await guarded.set('slack-ops', `${server.url}${HOOK}`);
  const before = server.received.length;
  const { id } = await guarded.channels.of(CI).sendText('slack-ops', 'inwards');
  expect((await guarded.reached(id, 'failed')).error).toMatch(/not public|private/);
  expect(server.received).toHaveLength(before);
});

it('sends with the next process what this one could not', async () => {
  const elsewhere = dataFolder();
  cleanUps.push(() => elsewhere.remove());
  const address = await deadAddress();
  const first = await another({ retry: { attempts: 8, backoff: [300] } }, elsewhere.data);
  await first.set('discord-ops', `${address}/hook`);
  const { id } = await first.channels.of(CI).sendFile('discord-ops', { filename: 'a.txt', data: 'kept' });
  await until('an attempt', async () => (await first.desk.message(id))?.error);
  await first.stop();
  const back = await serverAt(address);
  const second = await another({}, elsewhere.data);
  await second.reached(id, 'sent');
  expect(back.received[0]?.text).toContain('kept');
});
