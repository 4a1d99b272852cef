import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fakeClock, startHost, testChannel, type TestHost } from '../../src/testing';
import { pluginFolder } from '../support/plugin-folder';
import { startModelServer, type ModelServer } from './model-server';

const plugin = `
import { Plugin, z } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'triage', name: 'Triage', version: '1.0.0', description: '' });
const ask = (exchange) => plugin.agent.run({ ...exchange.json(), from: exchange });
plugin.post('/ask', ask);
plugin.post('/narrow', { agent: { tools: ['look'] } }, ask);
plugin.post('/event', async (exchange) => plugin.events.emit('issue.opened', exchange.json()));
plugin.onEvent('issue.*', async (event, job) => {
  await plugin.agent.run({ prompt: 'Answer it.', untrusted: event.data, from: job });
});
plugin.post('/five', async () => plugin.tasks.enqueue('five', {}));
plugin.task('five', async (_payload, job) => {
  for (const n of [1, 2, 3, 4, 5])
    await plugin.agent.run({ prompt: 'Sort.', untrusted: { issue: 'number ' + n }, foldKey: 'five', from: job });
});
plugin.tool({ name: 'look', description: 'Looks' }, () => 'seen');
plugin.tool({ name: 'danger', description: 'Does harm' }, () => 'done');
plugin.tool({ name: 'again', description: 'Starts a run' }, async (_input, context) =>
  plugin.agent.run({ prompt: 'Once more.', from: context }));
plugin.tool({ name: 'comment', description: 'Writes', input: z.object({ text: z.string() }) }, async ({ text }) => {
  await plugin.http.post(plugin.config.COMMENTS, { json: { text } });
  return 'written';
});
`;

let model: ModelServer;
let forge: Server;
let host: TestHost;
let comesBackTo = '/event';
const channel = testChannel();
const clock = fakeClock();

beforeAll(async () => {
  model = await startModelServer();
  forge = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.end('{}');
    await fetch(host.urlOf('acme.triage', comesBackTo), json(JSON.parse(Buffer.concat(chunks).toString())));
  });
  await new Promise<void>((resolve) => forge.listen(0, '127.0.0.1', resolve));
  const { port } = forge.address() as AddressInfo;
  host = await startHost({
    plugins: pluginFolder({ 'index.ts': plugin }),
    channel,
    clock,
    settings: {
      agent: {
        url: model.url,
        key: 'sk-not-to-be-told',
        foldMs: 10_000,
        depth: 3,
        tokensPerDay: 1_000,
        runsPerEndpoint: '1000/1h',
      },
      http: { allowPrivate: ['127.0.0.0/8'], allowHttp: true },
      plugins: { 'acme.triage': { config: { COMMENTS: `http://127.0.0.1:${port}/` } } },
    },
  });
});
afterAll(async () => {
  await host.stop();
  await model.close();
  await new Promise((resolve) => forge.close(resolve));
});
beforeEach(async () => {
  // A new day: what runs spent before is no matter.
  await clock.advance(86_400_000);
  await host.idle();
  model.asked.length = model.turns.length = 0;
  model.otherwise = () => ({ text: 'done' });
});

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const post = async (at: string, body: unknown) => {
  const response = await fetch(host.urlOf('acme.triage', at), json(body));
  return { status: response.status, body: (await response.json()) as { id: string; state: string } };
};
const operator = async (at: string) => {
  const headers = { authorization: `Bearer ${host.operatorToken}` };
  return (await (await fetch(`${host.url}/api/operator/${at}`, { headers })).json()) as Record<string, any>;
};
/** All that is due, also what comes of it. */
const settled = async () => {
  for (let round = 0; round < 8; round += 1) {
    await clock.advance(11_000);
    await host.idle();
  }
};

test('a request at an endpoint with fewer tools joins no run that has more', async () => {
  const both = { prompt: 'Sort it.', tools: ['*'], foldKey: 'same' };
  expect((await post('/ask', both)).body.state).toBe('queued');
  expect((await post('/narrow', both)).body.state).toBe('queued');
  await settled();
  const offered = model.asked.map(({ body }) => body.tools?.length);
  expect(offered.sort()).toEqual([1, 4]);
});

test('sixty requests at once become one run with the texts of all', async () => {
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      post('/ask', { prompt: 'Sort them.', untrusted: { issue: `issue ${n}!` } }),
    ),
  );
  const states = answers.map(({ status, body }) => `${status} ${body.state}`);
  expect([states.filter((state) => state === '200 queued').length, new Set(states).size]).toEqual([1, 2]);
  await settled();
  expect(model.asked).toHaveLength(1);
  const told = model.asked[0]?.body.messages.at(-1)?.content ?? '';
  expect(Array.from({ length: 60 }, (_, n) => n).filter((n) => !told.includes(`issue ${n}!`))).toEqual([]);
});

test('one job that asks five times has all five texts in the run', async () => {
  await post('/five', {});
  await settled();
  expect(model.asked).toHaveLength(1);
  const told = model.asked[0]?.body.messages.at(-1)?.content ?? '';
  expect([1, 2, 3, 4, 5].filter((n) => !told.includes(`number ${n}`))).toEqual([]);
});

test('runs that cause one another through events end', async () => {
  comesBackTo = '/event';
  const text = 'I have looked into this and it is mended now.';
  for (let n = 0; n < 8; n += 1)
    model.turns.push({ calls: [{ name: 'acme_triage__comment', input: { text } }] }, { text: 'ok' });
  await post('/event', { text: 'Something is broken.' });
  await settled();
  const { runs } = await operator('runs?limit=4');
  expect(runs.map(({ depth, state }: Record<string, unknown>) => `${depth} ${state}`).sort()).toEqual([
    ...['1 done', '2 done', '3 done', '4 refused'],
  ]);
});

test('a tool that starts runs by its context goes round no further than that', async () => {
  model.otherwise = ({ messages }) =>
    messages.some(({ role }) => role === 'tool')
      ? { text: 'ok' }
      : { calls: [{ name: 'acme_triage__again', input: {} }] };
  await post('/ask', { prompt: 'Begin.' });
  await settled();
  const { runs } = await operator('runs?limit=4');
  expect(runs.map(({ depth, state }: Record<string, unknown>) => `${depth} ${state}`).sort()).toEqual([
    ...['1 done', '2 done', '3 done', '4 refused'],
  ]);
});

test('addresses and names that a run looked at are no echoes of it', async () => {
  const url = 'https://github.com/acme/website/issues/1';
  model.turns.push({ calls: [{ name: 'acme_triage__comment', input: { text: url } }] });
  comesBackTo = '/ask?nothing';
  await post('/ask', { prompt: 'Look at it.' });
  await settled();
  expect((await post('/ask', { prompt: 'A new one.', untrusted: { url } })).body.state).toBe('queued');
});

test('when the day’s tokens are used up a run waits for the next day, in the midst of its work', async () => {
  model.turns.push(
    { calls: [{ name: 'acme_triage__look', input: {} }], tokens: 1_000 },
    { text: 'Done the day after.', tokens: 10 },
  );
  const { body } = await post('/ask', { prompt: 'Work.' });
  await clock.advance(11_000);
  await host.idle();
  expect(model.asked).toHaveLength(1);
  expect(await operator(`runs/${body.id}`)).toMatchObject({
    state: 'queued',
    reason: "the day's tokens are used up",
  });
  await clock.advance(86_400_000);
  await host.idle();
  expect(await operator(`runs/${body.id}`)).toMatchObject({
    ...{ state: 'done', steps: 2, tokens: 1_010, answer: 'Done the day after.' },
  });
  expect(model.asked).toHaveLength(2);
});

test('what a server says of a key it does not like is told without the key', async () => {
  model.turns.push({ status: 401, body: 'Incorrect API key provided: sk-not-to-be-told' });
  const { body } = await post('/ask', { prompt: 'Hello.' });
  await settled();
  expect((await operator(`runs/${body.id}`))['reason']).toContain('Incorrect API key provided: ***');
  expect(JSON.stringify([host.logs, await operator('inbox/jobs?states=dead')])).not.toContain(
    'sk-not-to-be-told',
  );
});

test('a long answer is cut to what a chat takes, and asked for once', async () => {
  model.turns.push({ text: 'long '.repeat(20_000) });
  await post('/ask', { prompt: 'Tell me all.', channel: 'console-long' });
  await settled();
  const [sent] = await channel.history('console-long');
  expect(sent?.text).toMatch(/more characters were left out\]$/);
  expect(model.asked).toHaveLength(1);
});

test('the time of a run ends it with what it has', async () => {
  model.turns.push({ calls: [{ name: 'acme_triage__look', input: {} }] }, 'hang');
  const { body } = await post('/ask', { prompt: 'Wait.', budget: { timeoutMs: 1_000 } });
  await settled();
  expect(await operator(`runs/${body.id}`)).toMatchObject({
    state: 'done',
    steps: 1,
    reason: 'its 1000 ms are over',
  });
});

test('a chat that is not there is refused before anything is asked, and so is what nobody knows', async () => {
  expect((await post('/ask', { prompt: 'x', channel: 'nowhere' })).status).toBe(500);
  expect((await post('/ask', { prompt: 'x', tool: ['look'] })).status).toBe(500);
  expect(model.asked).toHaveLength(0);
  expect(String(host.logs.map(({ stack }) => stack).join('\n'))).toContain(
    'tool is not known; there are prompt',
  );
});
