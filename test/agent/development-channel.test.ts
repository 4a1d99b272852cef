import winston from 'winston';
import { DevelopmentChannel } from '../../src/agent/development-channel';
import { parsePluginKey } from '../../src/core/plugin-key';

const from = parsePluginKey('acme.ci')!;

function start() {
  const lines: Record<string, unknown>[] = [];
  const format = winston.format((info) => {
    lines.push(info);
    return false;
  });
  const logger = winston.createLogger({ format: format(), transports: [new winston.transports.Console()] });
  let now = 1_000;
  const channel = new DevelopmentChannel({ logger, clock: { now: () => (now += 1) } });
  const say = (chatKey: string, text: string) => channel.send({ chatKey, from, kind: 'text', text });
  return { channel, lines, say };
}

test('a message is logged with its plugin and kept with its time', async () => {
  const { channel, lines, say } = start();
  await say('console-ci', 'hello');
  expect(channel.history('console-ci')).toEqual([
    { chatKey: 'console-ci', from, kind: 'text', text: 'hello', at: 1_001 },
  ]);
  expect(lines).toMatchObject([
    { level: 'info', message: 'message to console-ci: hello', plugin: 'acme.ci' },
  ]);
});

test('the last 100 messages of a chat are kept, oldest first', async () => {
  const { channel, say } = start();
  for (let n = 1; n <= 105; n += 1) await say('console-ci', String(n));
  const texts = channel.history('console-ci').map(({ text }) => text);
  expect([texts.length, texts[0], texts.at(-1)]).toEqual([100, '6', '105']);
});

test('chats do not mix, and an unknown one is empty', async () => {
  const { channel, say } = start();
  await say('console-a', 'a');
  await say('console-b', 'b');
  expect(channel.history('console-a').map(({ text }) => text)).toEqual(['a']);
  expect(channel.history('console-c')).toEqual([]);
});

test('of more than 1,000 chats the one silent longest is forgotten', async () => {
  const { channel, say } = start();
  for (let n = 0; n < 1_000; n += 1) await say(`console-${n}`, 'x');
  await say('console-0', 'still here');
  await say('console-new', 'x');
  expect(channel.history('console-0')).toHaveLength(2);
  expect(channel.history('console-1')).toEqual([]);
  expect(channel.history('console-new')).toHaveLength(1);
});

test('what history returned does not change afterwards', async () => {
  const { channel, say } = start();
  await say('console-ci', '1');
  const before = channel.history('console-ci');
  await say('console-ci', '2');
  expect(before).toHaveLength(1);
});

test.each(['', 'console', '-ci', 'console-', undefined])(
  '%p is refused as chat key, and nothing is kept',
  async (chatKey) => {
    const { channel, lines, say } = start();
    await expect(say(chatKey as string, 'x')).rejects.toMatchObject({ code: 'channel/invalid-key' });
    expect(channel.history(String(chatKey))).toEqual([]);
    expect(lines).toEqual([]);
  },
);

test('a chat key is split at its first dash, so a channel may hold more', async () => {
  const { channel, say } = start();
  await say('telegram--100-7', 'x');
  expect(channel.history('telegram--100-7')).toHaveLength(1);
});
