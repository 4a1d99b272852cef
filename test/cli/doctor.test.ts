import { TOKEN } from '../operator/operator-host';
import { KEY, startQuarantineHost, type QuarantineHost } from '../operator/quarantine-host';
import { signRequest } from '../../src/signatures/sign-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { AT, OTHER } from '../signatures/doctor-under-test';
import { run } from './command-line';

const SECRET = 'correct-horse-battery-staple';
const BODY = '{"id": 7}';
let host: QuarantineHost;
let secretId: string;
beforeEach(async () => {
  const { headers } = signRequest(signatureRow('github'), { secret: SECRET, body: BODY, at: AT });
  host = await startQuarantineHost({ headers, body: BODY });
  secretId = await host.under.give(OTHER, 'SHOP', SECRET);
});
afterEach(() => host.close());

const local = (...argv: string[]) => run(['doctor', ...argv, '--data', host.operator.data]);
const remote = (...argv: string[]) => run(['doctor', ...argv, '--url', host.operator.url, '--token', TOKEN]);

describe.each([
  ['through the local socket', local],
  ['at an address', remote],
])('%s', (_, doctor) => {
  test('it says what was wrong, what would have passed, and the next step', async () => {
    const { exitCode, out, err } = await doctor(host.ids[2] ?? '');
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain(`${host.ids[2]}  acme.ci POST /hook  received 2023-11-14 22:13:20Z`);
    expect(out).toContain('It would have passed, if\n  the sender uses the secret acme.shop SHOP');
    expect(out).toContain(`[github, secret acme.shop SHOP (${secretId})]`);
    expect(out).toMatch(/Next:\n {2}Give the sender the secret of this endpoint/);
    expect(out).toMatch(/\(\d+ tries\)\n$/);
    expect(out).not.toContain(SECRET);
    const json = JSON.parse((await doctor(host.ids[2] ?? '', '--json')).out);
    expect(json).toMatchObject({ reason: 'bad_signature', wouldPass: [{ kinds: ['secret'] }] });
  });

  test('--latest has a line for the latest of each endpoint', async () => {
    const { out } = await doctor('--latest');
    expect(out).toMatch(/LATEST +PLUGIN +ENDPOINT +COUNT +AT +WHY\n/);
    expect(out).toMatch(
      /acme\.ci +POST \/hook +3 .*bad_signature: the sender uses the secret acme.shop SHOP/,
    );
    expect(out).not.toContain('missing_signature');
    await doctor('--purge', '--all');
    expect((await doctor('--latest')).out).toBe('Nothing was refused, as far as is kept.\n');
    expect(JSON.parse((await doctor('--latest', '--json')).out)).toEqual({ refusals: [], more: 0 });
  });

  test.each([[[]], [['--list']], [['--counts']]])(
    'a plugin that nobody knows is named (%j)',
    async (argv) => {
      const { exitCode, out, err } = await doctor(...argv, '--plugin', 'acme.none');
      expect([exitCode, out]).toEqual([2, '']);
      expect(err).toContain('error: the host knows no plugin acme.none');
    },
  );

  test('a request id is as good as an id, and is listed', async () => {
    const { items } = JSON.parse((await doctor('--list', '--json')).out);
    const { id, requestId } = items[0];
    expect((await doctor('--list')).out.split('\n')[1]).toContain(requestId);
    expect((await doctor(requestId)).out).toContain(`${id}  acme.ci POST /hook`);
    expect((await doctor(requestId, '--show')).out).toContain(`request   ${requestId}\n`);
  });

  test('--list, --counts and --show tell what is kept, escape sequences and credentials never', async () => {
    const list = await doctor('--list', '--limit', '2');
    expect(list.out).toMatch(/REFUSED +PLUGIN +ENDPOINT +RECEIVED +FROM +BYTES +SCHEME +REASON +REQUEST\n/);
    expect(list.out.split('\n')[1]).toContain(host.ids[2]);
    expect(list.out).toMatch(/\nMore with --after \d+\n$/);
    const { items } = JSON.parse((await doctor('--list', '--reason', 'missing_signature', '--json')).out);
    expect(items).toHaveLength(2);
    expect((await doctor('--list', '--ip', '10.9.9.9')).out).toBe('Nothing.\n');
    expect((await doctor('--counts')).out).toMatch(/github +missing_signature +2 /);
    const shown = await doctor(host.ids[1] ?? '', '--show');
    expect(shown.out).toContain('POST /hook?token=***\nAuthorization: ••••••\n\nforged\n');
    expect(shown.out).not.toMatch(/sesame|\u001b/);
  });

  test('--purge removes the one of an id, those of a filter, or all', async () => {
    expect((await doctor(host.ids[0] ?? '', '--purge')).out).toBe('1 refused request is removed.\n');
    expect(
      JSON.parse((await doctor('--purge', '--plugin', KEY, '--reason', 'bad_signature', '--json')).out),
    ).toEqual({
      removed: 1,
    });
    expect((await doctor('--purge', '--all')).out).toBe('1 refused request is removed.\n');
    expect((await doctor('--list')).out).toBe('Nothing.\n');
  });

  test('an id that is none ends with 1', async () => {
    const { exitCode, err } = await doctor('1-AAAAAAAAAAAAAAAA');
    expect([exitCode, err]).toEqual([
      1,
      'error: There is no request 1-AAAAAAAAAAAAAAAA; `gatehouse doctor --list` tells which refused ones are kept.\n',
    ]);
  });
});

test.each([
  [['--purge'], '--purge needs an id, a filter, or --all'],
  [['--show'], '--show needs an id'],
  [['--list', '--reason', 'bogus'], 'Allowed choices are missing_signature, '],
  [['--list', '--counts'], 'give one of --list, --counts'],
  [['--list', '--limit', '0'], 'It is a number from 1 to 200'],
])('%j is no way to ask', async (argv, words) => {
  const { exitCode, err } = await local(...argv);
  expect(exitCode).toBe(2);
  expect(err).toContain(words);
});
