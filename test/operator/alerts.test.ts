import { createAlerts, type AlertsParts } from '../../src/operator/alerts';
import { HOST_KEY } from '../../src/core/host-key';
import type { EndpointMeasure } from '../../src/core/ports/measurements';
import type { Backlog } from '../../src/core/ports/work-observer';
import type { AlertSettings } from '../../src/core/settings';
import { fakeClock } from '../../src/testing/fake-clock';
import { dataFolder, openChats, type ChatsUnderTest } from '../agent/channels/chats-under-test';
import { eventually } from '../http/gateway-under-test';

const STANDARD: AlertSettings = {
  channel: 'console-ops',
  everyMs: 3_600_000,
  failureRate: 0.2,
  backlogMs: 600_000,
  deadLetters: true,
  refusedPerMinute: 60,
};

let folder: ReturnType<typeof dataFolder>;
let chats: ChatsUnderTest;
beforeEach(async () => {
  folder = dataFolder();
  chats = await openChats(folder.data);
});
afterEach(async () => {
  await chats.stop();
  folder.remove();
});

function watched(settings: Partial<AlertSettings> = {}) {
  const clock = fakeClock(Date.UTC(2026, 0, 1));
  const seen = {
    endpoints: [] as EndpointMeasure[],
    backlog: undefined as Backlog | undefined,
    deadLetters: 0,
    refused: 0,
  };
  const warnings: string[] = [];
  const parts: AlertsParts = {
    settings: { ...STANDARD, ...settings },
    traffic: { endpoints: () => seen.endpoints },
    backlog: async () => seen.backlog,
    deadLetters: () => seen.deadLetters,
    refused: () => seen.refused,
    channels: chats.channels,
    shared: chats.inbox.shared,
    url: () => 'https://host.example',
    clock,
    logger: { warn: (line: string) => warnings.push(line) } as unknown as AlertsParts['logger'],
  };
  return { clock, seen, warnings, parts, stop: createAlerts(parts).start() };
}
const told = async () => (await chats.channels.history('console-ops')).map(({ text }) => text.split('\n')[0]);
const measure = (requests: number, failures: number): EndpointMeasure => ({
  ...{ plugin: 'acme.ci', name: 'POST /github', requests, failures, refused: 0 },
  ...{ p50Ms: 1, p95Ms: 1, p99Ms: 1, lastAt: 1 },
});

test('a failing endpoint is told of once in a while, and when it is over', async () => {
  const { clock, seen, stop } = watched();
  seen.endpoints = [measure(19, 19)];
  await clock.advance(30_000);
  expect(await told()).toEqual([]);
  seen.endpoints = [measure(20, 4)];
  await clock.advance(600_000);
  const failing =
    '⚠️ acme.ci POST /github failed 4 of 20 requests in five minutes. See its page, or gatehouse plugins list.';
  expect(await told()).toEqual([failing]);
  await clock.advance(3_600_000);
  expect(await told()).toEqual([failing, failing]);
  seen.endpoints = [measure(30, 1)];
  await clock.advance(30_000);
  expect(await told()).toEqual([failing, failing, '✅ acme.ci POST /github answers again.']);
  const [message] = await chats.channels.history('console-ops');
  expect(message).toMatchObject({ from: HOST_KEY, text: expect.stringContaining('https://host.example') });
  stop();
});

test('backlog, dead letters and refused requests are told of', async () => {
  const { clock, seen, stop } = watched();
  seen.backlog = { due: 7, oldestDueMs: 700_000, dead: 0 };
  seen.deadLetters = 2;
  await clock.advance(30_000);
  seen.refused = 90;
  await clock.advance(30_000);
  expect((await told()).sort()).toEqual([
    '⚠️ 2 jobs are dead letters now. See Dead letters, or gatehouse inbox list --state dead.',
    '⚠️ 7 jobs are due; the oldest has waited 11 minutes. See Jobs, or gatehouse inbox list --state ready.',
    '⚠️ 90 requests were refused in a minute. See Refused, which says why.',
  ]);
  // Those that come within the hour are told of together, after it.
  seen.deadLetters = 5;
  await clock.advance(60_000);
  expect(await told()).toHaveLength(4);
  expect((await told()).at(-1)).toBe('✅ Few requests are refused again.');
  seen.backlog = undefined;
  await clock.advance(30_000);
  expect(await told()).toHaveLength(4);
  seen.backlog = { due: 0, oldestDueMs: undefined, dead: 5 };
  await clock.advance(3_600_000);
  expect((await told()).slice(4)).toEqual([
    '✅ Jobs are worked again as they come.',
    '⚠️ 3 jobs are dead letters now. See Dead letters, or gatehouse inbox list --state dead.',
  ]);
  stop();
});

test('of several hosts one tells', async () => {
  const [one, other] = [watched(), watched()];
  for (const { seen } of [one, other]) seen.endpoints = [measure(20, 20)];
  await Promise.all([one.clock.advance(30_000), other.clock.advance(30_000)]);
  expect(await told()).toHaveLength(1);
  one.stop();
  other.stop();
});

test('zero does not look; a channel that is none is said at the start', async () => {
  const off = watched({ failureRate: 0, backlogMs: 0, deadLetters: false, refusedPerMinute: 0 });
  Object.assign(off.seen, { endpoints: [measure(20, 20)], deadLetters: 1, refused: 1_000 });
  off.seen.backlog = { due: 1, oldestDueMs: 1e9, dead: 0 };
  await off.clock.advance(60_000);
  expect(await told()).toEqual([]);
  const lost = watched({ channel: 'nowhere-x' });
  expect(lost.warnings.join()).toContain('alerts.channel');
  lost.seen.deadLetters = 1;
  await lost.clock.advance(30_000);
  await eventually(() => lost.warnings.length > 1);
  const silent = watched({ channel: undefined });
  silent.seen.deadLetters = 1;
  await silent.clock.advance(60_000);
  expect(await told()).toEqual([]);
  for (const { stop } of [off, lost, silent]) stop();
});
