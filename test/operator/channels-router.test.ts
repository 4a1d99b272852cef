import { connectOperator } from '../../src/operator/operator-client';
import { Readable } from 'node:stream';
import { CI, dataFolder, openChats, type ChatsUnderTest } from '../agent/channels/chats-under-test';
import { receivingServer, type ReceivingServer } from '../agent/channels/receiving-server';
import { run } from '../cli/command-line';
import { until } from '../inbox/engine-under-test';
import { createUserChannels } from '../../src/state/user-channels';
import { keptLogger } from '../state/secrets-under-test';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';

const home = dataFolder();
let chats: ChatsUnderTest;
let host: OperatorHost;
let server: ReceivingServer;
beforeAll(async () => {
  server = await receivingServer();
  chats = await openChats(home.data);
  const { logger } = keptLogger();
  host = await startOperatorHost(undefined, undefined, undefined, {
    channels: chats.desk,
    userChannels: createUserChannels({ shared: chats.inbox.shared, logger }),
  });
});
afterAll(async () => {
  await host.close();
  await chats.stop();
  await server.close();
  home.remove();
});

const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${host.url}/api/operator/channels${path}`, {
    ...{ method, headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
const cli = (argv: string[], typed = '') =>
  run([...argv, '--data', host.data], { stdin: () => Readable.from([typed]) });

describe('the operator API', () => {
  it('answers nobody without the token', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/stream'],
      ['PUT', '/slack-ops'],
      ['DELETE', '/slack-ops'],
      ['POST', '/console-ci/say'],
      ['GET', '/console-ci/history'],
    ] as const)
      expect((await fetch(`${host.url}/api/operator/channels${path}`, { method })).status).toBe(401);
  });

  it('sets a channel, and tells its credential to nobody', async () => {
    const credential = `${server.url}/hidden-hook`;
    const { status, body } = await call('PUT', '/slack-api', { credential, rate: '5/1m' });
    expect([status, body]).toMatchObject([
      200,
      { chatKey: 'slack-api', isReady: true, hasCredential: true, rate: { requests: 5, perMs: 60_000 } },
    ]);
    const all = JSON.stringify([body, (await call('GET', '')).body, chats.lines]);
    expect(all).not.toContain('hidden-hook');
  });

  it.each([
    ['/slack-api', '{"credential":"hidden-hook"', 400, 'channel/bad-request'],
    ['/slack-api', { 'hidden-hook': 1 }, 400, 'channel/bad-request'],
    ['/slack-api', { credential: 5 }, 400, 'channel/bad-request'],
    ['/slack-api', { rate: 'often' }, 400, 'channel/bad-request'],
    ['/slack-api', { options: { url: 5 } }, 400, 'channel/bad-request'],
    ['/slack-api', { credential: 'hidden-hook' }, 400, 'channel/bad-settings'],
    ['/smoke-signals', {}, 400, 'channel/bad-settings'],
    [`/slack-${'x'.repeat(300)}`, {}, 400, 'channel/bad-settings'],
    ['/nokey', {}, 500, 'channel/invalid-key'],
  ])('refuses PUT %s %j without repeating it', async (path, body, status, code) => {
    const answer = await call('PUT', path, body);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(JSON.stringify(answer.body)).not.toContain('hidden-hook');
  });

  it('gives attachments as files that no browser shows as pages of the host', async () => {
    const file = { filename: 'page.html', data: '<script>alert(1)</script>' };
    const { id } = await chats.channels.of(CI).sendFile('console-ci', file);
    const url = `${host.url}/api/operator/channels/messages/${id}/attachment`;
    const response = await fetch(url, { headers });
    expect(await response.text()).toBe(file.data);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=page.html');
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await call('GET', '/messages/msg_none/attachment')).toMatchObject({
      ...{ status: 404, body: { code: 'channel/no-message' } },
    });
  });

  it('streams what is said, to those who follow', async () => {
    const leaving = new AbortController();
    const response = await fetch(`${host.url}/api/operator/channels/stream?chat=console-talk`, {
      ...{ headers, signal: leaving.signal },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let heard = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) heard += Buffer.from(chunk as Uint8Array).toString();
    })().catch(() => undefined);
    await until('ready', () => heard.includes('event: ready'));
    const said = await call('POST', '/console-talk/say', { text: 'hello\nthere' });
    await until('the message', () => heard.includes('event: message'));
    const data = /event: message\nid: (.+)\ndata: (.+)\n\n/.exec(heard);
    expect(data?.[1]).toBe((said.body as { id: string }).id);
    expect(JSON.parse(String(data?.[2]))).toMatchObject({ text: 'hello\nthere', from: 'operator' });
    leaving.abort();
    await reading;
  });
});

describe('the command line', () => {
  it('sets, tests, lists and removes a channel, its credential piped in', async () => {
    const set = await cli(['channels', 'set', 'slack-cli', '--rate', '10/1m'], `${server.url}/hidden-hook\n`);
    expect(set).toMatchObject({ exitCode: 0, err: '', out: expect.stringContaining('slack-cli is set') });
    expect(await cli(['channels', 'test', 'slack-cli'])).toEqual({
      exitCode: 0,
      err: '',
      out: 'slack-cli: sent\n',
    });
    expect(server.received.at(-1)).toMatchObject({ path: '/hidden-hook' });
    const listed = await cli(['channels', 'list']);
    expect(listed.out).toMatch(/slack-cli +yes +1 +0 +0 .*credential \*\*\*, rate 10\/60s/);
    expect(listed.out).not.toContain('hidden-hook');
    const kept = await cli(['channels', 'set', 'slack-cli', '--keep', '--json']);
    expect(JSON.parse(kept.out)).toMatchObject({ hasCredential: true });
    expect((await cli(['channels', 'remove', 'slack-cli'])).out).toBe('slack-cli is removed\n');
    expect((await cli(['channels', 'remove', 'slack-cli'])).exitCode).toBe(1);
  });

  it('tells why a test message did not go', async () => {
    await cli(['channels', 'set', 'discord-cli'], `${server.url}/hook`);
    server.answer({ status: 401, body: '{"message": "Invalid Webhook Token"}' });
    const tested = await cli(['channels', 'test', 'discord-cli']);
    expect(tested).toMatchObject({ exitCode: 1, out: expect.stringContaining('Invalid Webhook Token') });
  });

  it('says why a chat cannot be set, tested or written in', async () => {
    const err = expect.stringContaining(
      'there is no adapter "matrix"; a chat key begins with one of console',
    );
    expect(await cli(['channels', 'set', 'matrix-x'], 'token')).toMatchObject({ exitCode: 1, err });
    expect(await cli(['channels', 'test', 'matrix-x'])).toMatchObject({ exitCode: 1, err });
    expect(await call('POST', '/matrix-x/say', { text: 'hello' })).toMatchObject({
      ...{ status: 404, body: { code: 'channel/no-channel' } },
    });
    const unset = expect.stringContaining('`gatehouse channels set slack-zz` does');
    expect(await cli(['channels', 'test', 'slack-zz'])).toMatchObject({ exitCode: 1, err: unset });
    expect(await call('POST', '/slack-zz/test')).toMatchObject({
      ...{ status: 404, body: { code: 'channel/no-channel', detail: unset } },
    });
  });

  it('gives users only channels that can be sent to', async () => {
    const set = (channel: string) => cli(['users', 'set', 'bob', '--channel', channel]);
    expect(await set('matrix-x')).toMatchObject({
      ...{ exitCode: 1, err: expect.stringContaining('there is no adapter "matrix"') },
    });
    expect(await set('slack-zz')).toMatchObject({ exitCode: 1, err: expect.stringContaining('not set it') });
    expect((await set('console-bob')).exitCode).toBe(0);
    await call('PUT', '/slack-bob', { credential: `${server.url}/hook` });
    expect((await set('slack-bob')).exitCode).toBe(0);
  });

  it('shows the history of a chat, page by page', async () => {
    await chats.channels.of(CI).sendText('console-cli', 'one\ntwo');
    const { id } = await chats.channels.of(CI).sendText('console-cli', 'three');
    await chats.reached(id, 'sent');
    const { out } = await cli(['channels', 'history', 'console-cli', '--limit', '1']);
    expect(out).toMatch(/acme\.ci +text +three +sent/);
    const before = String(/--before (\S+)/.exec(out)?.[1]);
    const older = await cli(['channels', 'history', 'console-cli', '--before', before]);
    expect(older.out).toMatch(/acme\.ci +text +one… +sent/);
  });

  it('asks for what an adapter needs', async () => {
    const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
    const refused = await cli(['channels', 'set', 'http-cli'], secret);
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('the option url is missing') });
    const option = ['--option', `url=${server.url}/erp`];
    expect((await cli(['channels', 'set', 'http-cli', ...option], secret)).exitCode).toBe(0);
  });
});

describe('the client', () => {
  it('says what the desk says', async () => {
    const remote = connectOperator({ socketPath: host.socketPath }).channels;
    expect(await remote.adapters()).toEqual(await chats.desk.adapters());
    const { id } = await remote.say('console-far', 'hello', '');
    expect(await remote.message(id)).toMatchObject({ text: 'hello', state: 'received' });
    expect(await remote.message('msg_none')).toBeUndefined();
    expect(await remote.attachment(id)).toBeUndefined();
    const sent = await chats.channels.of(CI).sendFile('console-far', { filename: 'a.txt', data: 'bytes' });
    expect((await remote.attachment(sent.id))?.data.toString()).toBe('bytes');
    await expect(remote.test('slack-unset')).rejects.toMatchObject({ code: 'channel/no-channel' });
  });
});
