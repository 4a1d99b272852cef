import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { CliParts } from '../../src/operator/cli/cli-context';
import { compileRow } from '../../src/signatures/compile-row';
import { plainRequest } from '../../src/signatures/plain-request';
import { createSamples } from '../../src/signatures/samples/samples';
import { signatureRow } from '../../src/signatures/signature-rows';
import { PUBLIC_URL, startSendHost, TOKEN, type SendHost } from '../operator/send-host';
import { CI } from '../state/secrets-under-test';
import { run } from './command-line';

const SECRET = 'correct-horse-battery-staple';
let host: SendHost;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-send-'));
  host = await startSendHost();
  await host.under.secrets.set(CI, 'KEY', SECRET);
  host.serve({
    '/github': { signature: 'github', secret: 'KEY' },
    '/header': { token: { header: 'X-Key' }, secret: 'KEY' },
    '/open': 'public',
    '/unset': { signature: 'github', secret: 'NOT_SET' },
  });
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const send = (argv: string[], parts: Partial<CliParts> = {}) =>
  run(['send', ...argv, '--url', host.url, '--token', TOKEN], { cwd: folder, ...parts });

test('the request and its answer are printed, and an answer of 2xx is exit code 0', async () => {
  const { exitCode, out, err } = await send(['github', 'push', '--to', 'acme.ci/github']);
  expect([exitCode, err]).toEqual([0, '']);
  expect(out).toMatch(
    /^POST http:\/\/127\.0\.0\.1:\d+\/api\/plugin\/acme\.ci\/github\n[^]*X-GitHub-Event: push\n[^]*X-Hub-Signature-256: sha256=[0-9a-f]{64}\n\n\{"ref":[^]*\n\n200 OK\n[^]*\n\n\{"ok":true\}\n\naccepted by acme\.ci POST \/github, access signature github\n$/i,
  );
});

test('a credential is not printed', async () => {
  const { exitCode, out } = await send(['github', 'push', '--to', 'acme.ci/header']);
  expect(exitCode).toBe(0);
  expect(out).toContain('X-Key: [secret]');
  expect(out).not.toContain(SECRET);
});

test('what is invalid on purpose is exit code 0 when it is refused', async () => {
  const { exitCode, out } = await send(['github', '--to', 'acme.ci/github', '--invalid', 'bad_signature']);
  expect([exitCode, host.refused.at(-1)?.reason]).toEqual([0, 'bad_signature']);
  expect(out).toMatch(/\n401 Unauthorized\n[^]*\nrefused \(bad_signature\) by acme\.ci POST \/github/);
});

test('an answer that was not to be expected is exit code 1, said in words', async () => {
  const other = ['--header', 'Content-Type: application/json', '--header', 'X-Hub-Signature-256: sha256=00'];
  await host.under.secrets.set(CI, 'KEY', `${SECRET}2`);
  const { exitCode, out } = await send(
    ['github', '--to', `${PUBLIC_URL}/api/plugin/acme.ci/github`, ...other],
    {
      env: { GATEHOUSE_PUBLIC_URL: PUBLIC_URL },
    },
  );
  expect([exitCode, out.trimEnd().split('\n').at(-1)]).toEqual([
    0,
    'accepted by acme.ci POST /github, access signature github',
  ]);
  const failed = await send(['github', '--to', 'acme.ci/nothing']);
  expect([failed.exitCode, failed.err]).toEqual([
    1,
    expect.stringMatching(/^error: No endpoint of a plugin answers at/),
  ]);
});

test('an address is known to be the host’s own although this shell was told nothing of it', async () => {
  const { port } = new URL(host.url);
  for (const base of [`http://localhost:${port}`, `http://[::1]:${port}`, PUBLIC_URL]) {
    const { out, err } = await send(['github', '--to', `${base}/api/plugin/acme.ci/github?a=1`]);
    expect([err, out.trimEnd().split('\n').at(-1)]).toEqual([
      '',
      'accepted by acme.ci POST /github, access signature github',
    ]);
    expect(out).toContain(`${host.url}/api/plugin/acme.ci/github?a=1`);
  }
});

test('a public address with a path of its own is known, too', async () => {
  const below = await startSendHost('https://hooks.example.com/gate/');
  await below.under.secrets.set(CI, 'KEY', SECRET);
  below.serve({ '/github': { signature: 'github', secret: 'KEY' } });
  const { exitCode, err } = await run([
    ...['send', 'github', '--to', 'https://hooks.example.com/gate/api/plugin/acme.ci/github'],
    ...['--url', below.url, '--token', TOKEN],
  ]);
  expect([exitCode, err]).toEqual([0, '']);
  await below.close();
});

test('why nothing can be verified is said below the 503', async () => {
  const invalid = await send(['github', '--to', 'acme.ci/unset', '--invalid', 'bad_signature']);
  expect([invalid.exitCode, invalid.err]).toEqual([
    1,
    'error: The secret NOT_SET has no value to sign with; give it one with `gatehouse secrets set acme.ci NOT_SET`.\n',
  ]);
  const unset = await send(['github', '--to', 'acme.ci/unset', '--secret-name', 'KEY']);
  expect([unset.exitCode, unset.out.trimEnd().split('\n').at(-1)]).toEqual([
    1,
    'no_secret: NOT_SET of acme.ci has no value; gatehouse secrets set acme.ci NOT_SET',
  ]);
  const nowhere = await startSendHost('');
  await nowhere.under.secrets.set(CI, 'KEY', SECRET);
  nowhere.serve({ '/square': { signature: 'square', secret: 'KEY' } });
  const square = await run([
    ...['send', 'square', '--to', 'acme.ci/square', '--url', nowhere.url, '--token', TOKEN],
  ]);
  expect(square.out).toContain('503 Service Unavailable');
  expect(square.out.trimEnd().split('\n').at(-1)).toMatch(/^no_public_url: .*GATEHOUSE_PUBLIC_URL/);
  await nowhere.close();
});

test('of a refusal that was not wanted the next step is said', async () => {
  await host.under.secrets.set(CI, 'OTHER', 'another');
  const wrong = ['--secret-name', 'OTHER'];
  const { exitCode, out } = await send(['github', '--to', 'acme.ci/github', ...wrong]);
  expect([exitCode, out.trimEnd().split('\n').slice(-2)]).toEqual([
    1,
    [expect.stringMatching(/^not accepted by acme\.ci/), 'why: gatehouse doctor --plugin acme.ci'],
  ]);
});

test('where no endpoint is, one full stop ends the reason, and the list of those there are is named', async () => {
  const { err } = await send(['github', '--to', 'acme.ci/nothere']);
  expect(err).toMatch(/[^.]\. What answers is listed by `gatehouse plugins urls acme\.ci`\.\n$/);
  expect((await send(['github', '--to', 'acme.cd/nothere'])).err).toContain('`gatehouse plugins urls`');
});

test('a body from a file and further headers are sent', async () => {
  writeFileSync(path.join(folder, 'body.json'), '{"mine":1}');
  const more = ['--body', 'body.json', '--header', 'X-One: 1', '--header', 'X-Two: a:b', '--json'];
  const { exitCode, out } = await send(['github', 'mine', '--to', 'acme.ci/github', ...more]);
  const { request, isAsExpected } = JSON.parse(out);
  expect([exitCode, isAsExpected, request.body]).toEqual([0, true, '{"mine":1}']);
  expect(request.headers).toEqual(
    expect.arrayContaining([
      ['X-GitHub-Event', 'mine'],
      ['X-One', '1'],
      ['X-Two', 'a:b'],
    ]),
  );
  const missing = await send(['github', '--to', 'acme.ci/github', '--body', 'none.json']);
  expect([missing.exitCode, missing.err]).toEqual([1, expect.stringContaining('none.json cannot be read')]);
});

test('what can be sent is listed', async () => {
  const { out } = await send(['--list']);
  expect(out).toMatch(/^SENDER +EVENTS\ngithub +ping {2}push {2}pull_request/);
  expect(JSON.parse((await send(['zoom', '--list', '--json'])).out)).toEqual({
    samples: [
      { sender: 'zoom', title: 'Zoom', events: ['meeting.started', 'meeting.ended', 'recording.completed'] },
    ],
  });
  expect((await send(['xero', '--list'])).err).toMatch(/^error: There is no sample of xero/);
});

test.each([
  [['github']],
  [['--to', 'acme.ci/github']],
  [['github', '--to', 'acme.ci/github', '--invalid', 'no_secret']],
  [['github', '--to', 'acme.ci/github', '--header', 'nothing']],
])('%j is wrong usage', async (argv) => {
  expect((await send(argv)).exitCode).toBe(2);
});

describe('to an address that is not the host’s', () => {
  const seen: { url: string | undefined; verdict: unknown }[] = [];
  const elsewhere = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { rawHeaders: headers, url } = request;
      const asked = plainRequest({ headers, body: Buffer.concat(chunks) });
      const verdict = compileRow(signatureRow('slack'))(asked, [{ id: 's', value: SECRET }], Date.now());
      seen.push({ url, verdict });
      response.writeHead(verdict.ok ? 200 : 401).end(`${SECRET}\u001b[31m`);
    });
  });
  let base: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    elsewhere.closeAllConnections();
    elsewhere.close();
  });
  const samples = createSamples();
  const piped = () => Readable.from([`${SECRET}\n`]);

  test.each<[string, Partial<CliParts>]>([
    ['what is piped in', { stdin: piped }],
    ['a variable', { env: { GATEHOUSE_SEND_SECRET: SECRET } }],
  ])('it is signed here with %s', async (_, parts) => {
    const { exitCode, out } = await send(['slack', '/gears', '--to', `${base}//x/../y?a=1#z`], {
      samples,
      ...parts,
    });
    expect(exitCode).toBe(0);
    expect(seen.at(-1)).toMatchObject({ url: '//x/../y?a=1', verdict: { ok: true, event: '/gears' } });
    expect(out).toMatch(/\n200 OK\n[^]*\n\n\[secret\]\n\naccepted\n$/);
  });

  test('a refusal is exit code 1, and no answer is said in words', async () => {
    const env = { GATEHOUSE_SEND_SECRET: 'another' };
    const refused = await send(['slack', '--to', base], { samples, env });
    expect([refused.exitCode, refused.out.trimEnd().split('\n').at(-1)]).toEqual([1, 'not accepted']);
    const invalid = await send(['slack', '--to', base, '--invalid', 'timestamp_too_old'], { samples, env });
    expect(invalid.exitCode).toBe(0);
    const nobody = await send(['slack', '--to', 'http://127.0.0.1:1/?key=hidden'], { samples, env });
    expect([nobody.exitCode, nobody.err]).toEqual([
      1,
      expect.stringMatching(/^error: http:\/\/127\.0\.0\.1:1\/ did not answer: /),
    ]);
    const empty = await send(['slack', '--to', base], { samples });
    expect([empty.exitCode, empty.err]).toEqual([
      1,
      expect.stringMatching(/^error: No secret was given[^]*GATEHOUSE_SEND_SECRET[^]*standard input/),
    ]);
    expect(empty.err).not.toContain('--file');
    const asJson = await send(['slack', '--to', base, '--json'], { samples });
    expect(JSON.parse(asJson.out).error.code).toBe('samples/no-value-elsewhere');
    const known = await run(['send', 'slack', '--to', base, '--data', folder], { samples, env });
    expect([known.exitCode, known.out]).toEqual([1, expect.stringContaining('401 Unauthorized')]);
  });
});
