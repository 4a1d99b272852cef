import winston from 'winston';
import { createLogRing } from '../../src/operator/log-ring';
import { Secret } from '../../src/core/secret';
import { connectOperator } from '../../src/operator/operator-client';
import { run, Signals } from '../cli/command-line';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';

const ring = createLogRing();
const logger = winston.createLogger({ level: 'debug', transports: [ring.transport] });
const stopping = new AbortController();
let host: OperatorHost;
beforeAll(async () => {
  host = await startOperatorHost(undefined, undefined, undefined, { logs: ring, stopping: stopping.signal });
  logger.info('the host serves');
  logger.child({ plugin: 'acme.ci' }).warn('slow \u001b[31mred', { took: 7 });
});
afterAll(() => host.close());

const headers = { authorization: `Bearer ${TOKEN}` };
const get = async (path: string): Promise<{ status: number; body: any }> => {
  const response = await fetch(`${host.url}/api/operator/logs${path}`, { headers });
  return { status: response.status, body: await response.json() };
};
const within = async (what: string, is: () => boolean) => {
  for (let waited = 0; !is(); waited += 20) {
    if (waited > 8_000) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('lines are listed, filtered by the query', async () => {
  const { body } = await get('');
  expect(body.lines).toMatchObject([{ message: 'the host serves' }, { plugin: 'acme.ci', level: 'warn' }]);
  const after = body.lines[0].number as number;
  for (const path of ['?plugin=acme.ci', '?level=warn', '?text=SLOW', `?after=${after}`, '?limit=1'])
    expect((await get(path)).body.lines).toMatchObject([{ plugin: 'acme.ci' }]);
});

test.each(['?plugn=a', '?level=loud', '?limit=many', '?plugin=a&plugin=b', '/stream?level=loud'])(
  '%s is refused',
  async (path) => {
    expect(await get(path)).toMatchObject({ status: 400, body: { code: 'inbox/bad-request' } });
  },
);

test('only operators may, and a host that keeps none says so', async () => {
  for (const path of ['', '/stream'])
    expect((await fetch(`${host.url}/api/operator/logs${path}`)).status).toBe(401);
  const bare = await startOperatorHost();
  expect((await fetch(`${bare.url}/api/operator/logs`, { headers })).status).toBe(503);
  await bare.close();
});

test('they are streamed as they come, after the one that was heard last, until the host stops', async () => {
  const [, slow] = ring.search({ limit: 2 });
  const response = await fetch(`${host.url}/api/operator/logs/stream?plugin=acme.ci`, {
    headers: { ...headers, 'last-event-id': String((slow?.number ?? 1) - 1) },
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body!) text += Buffer.from(chunk as Uint8Array).toString();
  })();
  await within('the line before', () => text.includes('slow'));
  logger.info('of the host');
  logger.child({ plugin: 'acme.ci' }).info('a line that came');
  await within('the next line', () => text.includes('a line that came'));
  expect(text).toMatch(new RegExp(`^id: ${slow?.number}\\ndata: \\{.*\\}\\n\\nid: \\d+\\ndata: \\{`));
  expect(text).not.toContain('of the host');
  stopping.abort();
  await reading;
});

test('`logs` prints them, and nothing of a plugin steers the terminal', async () => {
  const all = await run(['logs', '--url', host.url, '--token', TOKEN]);
  expect(all.exitCode).toBe(0);
  expect(all.out).toMatch(/Z {2}info {3}the host serves\n/);
  expect(all.out).toContain('warn   acme.ci  slow red  {"took":7}');
  expect(all.out).not.toContain('\u001b');
  const one = await run([
    'logs',
    'acme.ci',
    '--level',
    'warn',
    '--json',
    '--url',
    host.url,
    '--token',
    TOKEN,
  ]);
  expect(
    one.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([{ plugin: 'acme.ci' }]);
  expect((await run(['logs', '--limit', '0', '--url', host.url, '--token', TOKEN])).exitCode).toBe(2);
});

test('`logs --follow` goes on until it is interrupted', async () => {
  const signals = new Signals();
  let out = '';
  const stdout = { write: (text: string) => (out += text) };
  const running = run(['logs', '-f', '--text', 'tick', '--url', host.url, '--token', TOKEN], {
    signals,
    stdout,
  });
  await within('the listener', () => signals.listenerCount('SIGINT') > 0);
  logger.info('tick one');
  await within('the first', () => out.includes('tick one'));
  logger.info('tock');
  logger.info('tick two');
  await within('the second', () => out.includes('tick two'));
  signals.emit('SIGINT', 'SIGINT');
  expect((await running).exitCode).toBe(0);
  expect(out.match(/tick/g)).toHaveLength(2);
});

test('over a connection they are followed from now on', async () => {
  const operator = connectOperator({ url: host.url, token: new Secret(TOKEN) });
  const end = new AbortController();
  const heard: string[] = [];
  const following = (async () => {
    for await (const { message } of operator.logs.follow({ text: 'later' }, end.signal)) heard.push(message);
  })();
  let count = 0;
  await within('a line', () => {
    logger.info(`later ${(count += 1)}`);
    return heard.length > 0;
  });
  end.abort();
  await following;
  expect(heard[0]).toMatch(/^later \d+$/);
});
