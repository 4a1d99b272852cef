import winston from 'winston';
import { Secret } from '../../src/core/secret';
import { createLogRing, type LogRingOptions } from '../../src/operator/log-ring';

function ringOf(options?: LogRingOptions) {
  const ring = createLogRing(options);
  const logger = winston.createLogger({ level: 'debug', transports: [ring.transport] });
  return { ring, logger, of: (plugin: string) => logger.child({ plugin }) };
}
const messages = (lines: readonly { message: string }[]) => lines.map(({ message }) => message);

test('lines are found by plugin, level and text, oldest first', () => {
  const { ring, logger, of } = ringOf();
  logger.info('the host serves', { url: 'http://localhost' });
  of('acme.ci').warn('slow', { took: 7n });
  of('acme.ci').debug('a DETAIL');
  of('acme.shop').error(new Error('Broken'));
  expect(messages(ring.search({}))).toEqual(['the host serves', 'slow', 'a DETAIL', 'Broken']);
  expect(messages(ring.search({ plugin: 'acme.ci' }))).toEqual(['slow', 'a DETAIL']);
  expect(messages(ring.search({ level: 'warn' }))).toEqual(['slow', 'Broken']);
  expect(messages(ring.search({ text: 'detail' }))).toEqual(['a DETAIL']);
  expect(messages(ring.search({ text: 'LOCALHOST' }))).toEqual(['the host serves']);
  expect(messages(ring.search({ limit: 2 }))).toEqual(['a DETAIL', 'Broken']);
  const [first, second] = ring.search({});
  expect(messages(ring.search({ after: second?.number }))).toEqual(['a DETAIL', 'Broken']);
  expect(first).toMatchObject({ plugin: undefined, fields: '{"url":"http://localhost"}' });
  expect(second).toMatchObject({ plugin: 'acme.ci', level: 'warn', fields: '{"took":"7"}' });
  expect(ring.search({ plugin: 'acme.none' })).toEqual([]);
});

test('a plugin that floods the log pushes out its own lines, and not those of the others', () => {
  const { ring, of } = ringOf({ lines: 100 });
  for (let n = 0; n < 20; n += 1) of('acme.quiet').info(`quiet ${n}`);
  for (let n = 0; n < 5_000; n += 1) of('acme.loud').info(`loud ${n}`);
  expect(ring.search({ plugin: 'acme.quiet' })).toHaveLength(20);
  const loud = ring.search({ plugin: 'acme.loud', limit: 1_000 });
  expect([loud.length, loud[0]?.message, loud.at(-1)?.message]).toEqual([80, 'loud 4920', 'loud 4999']);
});

test('many who log share it, and bytes count as well as lines', () => {
  const { ring, of } = ringOf({ lines: 50 });
  for (let n = 0; n < 500; n += 1) of(`acme.p${n}`).info('x');
  expect(ring.search({ limit: 1_000 })).toHaveLength(50);
  const small = ringOf({ bytes: 20_000 });
  small.of('acme.quiet').info('still here');
  for (let n = 0; n < 100; n += 1) small.of('acme.loud').info('x'.repeat(2_000));
  expect(small.ring.search({}).length).toBeLessThan(6);
  expect(small.ring.search({ plugin: 'acme.quiet' })).toHaveLength(1);
  small.of('acme.huge').info('x'.repeat(1_000_000), { more: 'y'.repeat(1_000_000) });
  expect(JSON.stringify(small.ring.search({})).length).toBeLessThan(40_000);
});

test('whatever is logged is kept as text, and a secret stays one', () => {
  const { ring, logger } = ringOf();
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  logger.info('a circle', { circle });
  logger.info('a secret', { token: new Secret('hidden-word') });
  logger.info({ message: { an: 'object' } as never });
  logger.info('odd', { plugin: { not: 'a key' } });
  const lines = ring.search({});
  expect(lines).toHaveLength(4);
  expect(JSON.stringify(lines)).not.toContain('hidden-word');
  expect(lines[0]?.fields).toContain('unreadable');
  expect(lines[3]?.plugin).toBeUndefined();
});

test('who follows hears each line until it stops', () => {
  const { ring, logger } = ringOf();
  const heard: string[] = [];
  const stop = ring.follow(({ message }) => heard.push(message));
  logger.info('one');
  stop();
  logger.info('two');
  expect(heard).toEqual(['one']);
});
