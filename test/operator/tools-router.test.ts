import { Readable } from 'node:stream';
import { z } from 'zod';
import { HttpError } from '../../src/core/http-error';
import type { ToolContext } from '../../src/core/tool-call';
import { Secret } from '../../src/core/secret';
import { connectOperator } from '../../src/operator/operator-client';
import { toolOf, ToolsYard } from '../agent/tools-yard';
import { run } from '../cli/command-line';
import { eventually } from '../http/gateway-under-test';
import { startOperatorHost, TOKEN, type OperatorHost } from './operator-host';

const ADA = { name: 'laptop', scopes: ['admin'], user: 'ada' };
const yard = new ToolsYard();
let host: OperatorHost;
let waiting: ToolContext | undefined;
beforeAll(async () => {
  yard.seat(
    'acme.ci',
    toolOf('last_build', ({ branch }: any, { caller }) => ({ branch, caller }), {
      description: 'The last build of a branch.\nSecond line.',
      input: z.object({ branch: z.string(), count: z.number().optional() }),
    }),
    toolOf('say', (input) => `said ${JSON.stringify(input)}`),
    toolOf('refuse', () => {
      throw new HttpError(409, 'it is running');
    }),
    toolOf('break', () => {
      throw new Error('secret');
    }),
    toolOf('wait', (_input, context) => ((waiting = context), new Promise(() => undefined))),
  );
  yard.seat(
    'acme.bots',
    toolOf('talk', () => undefined),
  );
  yard.states.set('acme.off', 'disabled');
  host = await startOperatorHost(undefined, undefined, undefined, {
    tools: yard.calls,
    tokens: { identify: (text: string) => (text === 'adas' ? ADA : undefined) } as never,
  });
});
afterAll(() => host.close());

const call = async (verb: string, init: RequestInit = {}) => {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...init.headers };
  const response = await fetch(`${host.url}/api/operator/tools${verb}`, { ...init, headers });
  return { status: response.status, body: (await response.json()) as any };
};
const post = (verb: string, body: unknown) => call(verb, { method: 'POST', body: JSON.stringify(body) });

describe('the HTTP face', () => {
  test('lists tools and calls them as the operator', async () => {
    const { body } = await call('');
    expect(body.tools.map(({ key, name }: any) => `${key}/${name}`)).toEqual([
      'acme.bots/talk',
      'acme.ci/last_build',
      'acme.ci/say',
      'acme.ci/refuse',
      'acme.ci/break',
      'acme.ci/wait',
    ]);
    expect(await post('/acme.ci/last_build', { input: { branch: 'main' } })).toEqual({
      status: 200,
      body: { output: { branch: 'main', caller: { kind: 'operator', id: 'operator' } } },
    });
    expect(await call('/acme.ci/say', { method: 'POST' })).toEqual({
      status: 200,
      body: { output: 'said {}' },
    });
    expect(await post('/acme.bots/talk', {})).toEqual({ status: 200, body: {} });
  });

  test('calls them in the name of the user whose token it is', async () => {
    const answer = await call('/acme.ci/last_build', {
      method: 'POST',
      headers: { authorization: 'Bearer adas' },
      body: JSON.stringify({ input: { branch: 'main' } }),
    });
    expect(answer.body.output.caller).toEqual({ kind: 'operator', id: 'operator', user: 'ada' });
  });

  test.each([
    ['/acme.ci/none', 404, 'tools/unknown'],
    ['/nokey/none', 404, 'tools/unknown'],
    ['/acme.off/any', 503, 'tools/not-served'],
    ['/acme.ci/last_build', 422, 'tools/invalid-input'],
  ])('%s is %i', async (verb, status, code) => {
    expect(await post(verb, {})).toMatchObject({ status, body: { code } });
  });

  test.each([
    ['{"branch":"main"}', 'application/json'],
    ['[]', 'application/json'],
    ['{', 'application/json'],
    ['{"input":{"branch":"main"}}', 'text/plain'],
  ])('the body %s as %s is refused, and nothing is called', async (body, type) => {
    const answer = await call('/acme.ci/say', { method: 'POST', body, headers: { 'content-type': type } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'tools/bad-request' } });
  });

  test('a caller that leaves gives its call up', async () => {
    const leaving = new AbortController();
    const asking = call('/acme.ci/wait', { method: 'POST', signal: leaving.signal });
    await eventually(() => waiting !== undefined);
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await eventually(() => waiting?.signal.aborted === true);
  });
});

test('what goes wrong over there is told by its code here', async () => {
  const { tools } = connectOperator({ url: host.url, token: new Secret(TOKEN) });
  const codeOf = (name: string, input?: unknown) =>
    tools.call('acme.ci', name, input).catch(({ code }: { code: string }) => code);
  expect(await codeOf('refuse')).toBe('tools/refused');
  expect(await codeOf('break')).toBe('tools/failed');
  expect(await codeOf('none')).toBe('tools/unknown');
  expect(await codeOf('last_build', {})).toBe('tools/invalid-input');
  expect(await tools.call('acme.bots', 'talk')).toBeUndefined();
});

describe.each([
  ['through the local socket', () => ['--data', host.data]],
  ['at an address', () => ['--url', host.url, '--token', TOKEN]],
])('%s', (_way, where) => {
  const ask = (...argv: string[]) => run(['tools', ...argv, ...where()]);

  test('tools are listed, all or of one plugin', async () => {
    const { out } = await ask('list');
    expect(out.replaceAll(/ +/g, ' ')).toBe(
      [
        'PLUGIN TOOL INPUT DESCRIPTION',
        'acme.bots talk –',
        'acme.ci last_build branch, count? The last build of a branch.',
        'acme.ci say –',
        'acme.ci refuse –',
        'acme.ci break –',
        'acme.ci wait –',
        '',
      ].join('\n'),
    );
    expect((await ask('list', 'acme.bots')).out).not.toContain('acme.ci');
    expect((await ask('list', 'acme.none')).out).toBe('No plugin that serves has a tool.\n');
    expect(JSON.parse((await ask('list', '--json')).out).tools).toHaveLength(6);
  });

  test('a tool is called, and what it gives is printed', async () => {
    const { exitCode, out } = await ask('call', 'acme.ci', 'last_build', '--input', '{"branch":"main"}');
    expect([exitCode, JSON.parse(out)]).toMatchObject([0, { branch: 'main' }]);
    expect((await ask('call', 'acme.ci', 'say')).out).toBe('said {}\n');
    expect((await ask('call', 'acme.bots', 'talk')).out).toBe('');
    const stdin = () => Readable.from([Buffer.from('{"n":'), Buffer.from('1}')]);
    const piped = await run(['tools', 'call', 'acme.ci', 'say', '--input', '-', ...where()], {
      stdin,
    } as never);
    expect(piped.out).toBe('said {"n":1}\n');
    expect(JSON.parse((await ask('call', 'acme.ci', 'say', '--json')).out)).toEqual({
      ...{ plugin: 'acme.ci', tool: 'say', output: 'said {}' },
    });
  });

  test.each([
    [['acme.ci', 'last_build', '--input', '{"count":"x"}'], 'branch: Field required, count: '],
    [['acme.ci', 'refuse'], 'The tool "refuse" of acme.ci refused: it is running'],
    [['acme.ci', 'break'], 'The tool "break" of acme.ci failed'],
    [['acme.ci', 'none'], 'There is no tool "none" of acme.ci'],
    [['acme.off', 'any'], 'acme.off is disabled'],
    [['acme.ci', 'say', '--input', '{'], '--input is not JSON'],
  ])('%j fails: %s', async (argv, why) => {
    expect(await ask('call', ...argv)).toMatchObject({ exitCode: 1, err: expect.stringContaining(why) });
  });
});
