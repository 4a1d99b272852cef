import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { CliParts } from '../../src/operator/cli/cli-context';
import { startOperatorHost, TOKEN, type OperatorHost } from '../operator/operator-host';
import { PlainRegistry, pluginStatus } from '../operator/plain-registry';
import { openSecrets, type SecretsUnderTest } from '../state/secrets-under-test';
import { run } from './command-line';

let under: SecretsUnderTest;
let host: OperatorHost;
beforeEach(async () => {
  under = await openSecrets({ GATEHOUSE_SECRET_ACME_CI_SLACK: 'given' });
  under.time = Date.UTC(2026, 0, 2, 3, 4, 5);
  const secrets = [
    { name: 'GITHUB', description: 'of the hook\u001b[31m', required: true, isSet: false },
    { name: 'SLACK', description: '', required: false, isSet: true },
    { name: 'SPARE', description: '', required: false, isSet: false, writeMode: 'extension' as const },
  ];
  host = await startOperatorHost(
    new PlainRegistry([pluginStatus('acme.ci', { secrets })]),
    undefined,
    under.secrets,
  );
});
afterEach(async () => {
  await host.close();
  await under.close();
});

const typed = (text: string): CliParts['stdin'] => {
  const stdin = Readable.from([text]);
  return () => stdin;
};
const live = (name: string) =>
  under.secrets.live('acme.ci' as never, name, under.time).map(({ value }) => value);

const local = (argv: string[], stdin = typed('')) => run([...argv, '--data', host.data], { stdin });
const remote = (argv: string[], stdin = typed('')) =>
  run([...argv, '--url', host.url, '--token', TOKEN], { stdin });

describe.each([
  ['through the local socket', local],
  ['at an address', remote],
])('%s', (_, ask) => {
  test('set takes what is piped in, white space trimmed, and prints its id alone', async () => {
    const ran = await ask(['secrets', 'set', 'acme.ci', 'GITHUB'], typed(' correct-horse\n'));
    expect(ran).toEqual({
      exitCode: 0,
      out: expect.stringMatching(/^acme\.ci GITHUB is set \(s-[0-9a-f]{12}\)\n$/),
      err: '',
    });
    expect(live('GITHUB')).toEqual(['correct-horse']);
  });

  test('approve takes what waits, which the list shows and nobody is told', async () => {
    const from = { ip: '203.0.113.9', requestId: 'request-1' };
    const waiting = await under.secrets.propose('acme.ci' as never, 'GITHUB', 'correct-horse', from);
    const listed = await ask(['secrets', 'list', 'acme.ci']);
    expect(listed.out).toMatch(/acme\.ci +GITHUB +both +waiting for approval +2026-01-02/);
    expect(listed.out).toContain(`${waiting} from 203.0.113.9, fingerprint 9dca666e: of the hook`);
    expect(await ask(['secrets', 'approve', 'acme.ci', 'GITHUB', '--id', String(waiting)])).toEqual({
      exitCode: 0,
      out: expect.stringMatching(
        /^acme\.ci GITHUB is approved, which came 2026-01-02 03:04:05Z from 203\.0\.113\.9, fingerprint 9dca666e \(s-[0-9a-f]{12}\)\n$/,
      ),
      err: '',
    });
    expect(live('GITHUB')).toEqual(['correct-horse']);
    const again = await ask(['secrets', 'approve', 'acme.ci', 'GITHUB']);
    expect([again.exitCode, again.err]).toEqual([1, expect.stringContaining('No value waits for approval')]);
    expect(listed.out + again.err).not.toContain('horse');
  });

  test('approve --id takes no other value than the one that was looked at', async () => {
    const from = { ip: '', requestId: 'request-1' };
    const waiting = await under.secrets.propose('acme.ci' as never, 'GITHUB', 'correct-horse', from);
    const other = ['secrets', 'approve', 'acme.ci', 'GITHUB', '--id', 's-0123456789ab', '--json'];
    const ran = await ask(other);
    expect([ran.exitCode, JSON.parse(ran.out).error.code]).toEqual([1, 'secrets/other-waits']);
    expect(ran.err + ran.out).toContain(waiting);
    expect(live('GITHUB')).toEqual([]);
    const approved = await ask(['secrets', 'approve', 'acme.ci', 'GITHUB', '--json']);
    expect(JSON.parse(approved.out).approved).toEqual({
      ...{ id: waiting, createdAt: under.time, fingerprint: '9dca666e', from },
    });
  });

  test('approve --show prints the value alone, for a sender that wants to be told what it sent', async () => {
    await under.secrets.propose('acme.ci' as never, 'GITHUB', 'correct-horse');
    const ran = await ask(['secrets', 'approve', 'acme.ci', 'GITHUB', '--show']);
    expect([ran.exitCode, ran.out]).toEqual([0, 'correct-horse\n']);
    expect(ran.err).toContain('acme.ci GITHUB is approved');
  });

  test('approve --dismiss forgets what waits', async () => {
    await under.secrets.propose('acme.ci' as never, 'GITHUB', 'x');
    const dismiss = ['secrets', 'approve', 'acme.ci', 'GITHUB', '--dismiss'];
    expect(await ask(dismiss)).toEqual({ exitCode: 0, out: 'acme.ci GITHUB is forgotten\n', err: '' });
    const again = await ask([...dismiss, '--json']);
    expect([again.exitCode, JSON.parse(again.out).dismissed]).toEqual([1, false]);
  });

  test('rotate keeps the old value for a day unless told otherwise', async () => {
    await ask(['secrets', 'set', 'acme.ci', 'GITHUB'], typed('one'));
    const ran = await ask(['secrets', 'rotate', 'acme.ci', 'GITHUB', '--json'], typed('two'));
    expect(JSON.parse(ran.out)).toEqual({
      ...{ plugin: 'acme.ci', name: 'GITHUB', id: expect.any(String), declared: true },
    });
    expect(live('GITHUB')).toEqual(['two', 'one']);
    expect(under.secrets.list().map(({ notAfter }) => notAfter)).toContain(under.time + 86_400_000);
    const third = await ask(['secrets', 'rotate', 'acme.ci', 'GITHUB', '--overlap', '0'], typed('three'));
    expect(third.out).toContain('has a new value, the others end at once');
    expect(live('GITHUB')).toEqual(['three']);
  });

  test('rotate --generate prints the new value alone on its output', async () => {
    const { exitCode, out, err } = await ask(['secrets', 'rotate', 'acme.ci', 'GITHUB', '--generate']);
    expect([exitCode, out]).toEqual([0, `${live('GITHUB')[0]}\n`]);
    expect(out).toMatch(/^[\w-]{43}\n$/);
    expect(err).toMatch(/^acme\.ci GITHUB has a new value, the others end at \d{4}-/);
    const json = await ask(['secrets', 'rotate', 'acme.ci', 'GITHUB', '--generate', '--json']);
    expect(JSON.parse(json.out).value).toBe(live('GITHUB')[0]);
  });

  test('list shows what is set and what is missing, values never, escape sequences of plugins neither', async () => {
    await ask(['secrets', 'set', 'acme.ci', 'STRAY'], typed('correct-horse'));
    const id = under.secrets.list().find(({ name }) => name === 'STRAY')?.id;
    const { exitCode, out } = await ask(['secrets', 'list']);
    expect(exitCode).toBe(0);
    expect(out.replaceAll(/ +/g, ' ')).toBe(
      [
        'PLUGIN NAME SET BY VALUE SINCE UNTIL',
        'acme.ci GITHUB both missing of the hook',
        'acme.ci SLACK both GATEHOUSE_SECRET_ACME_CI_SLACK start',
        'acme.ci SPARE plugin not set',
        `acme.ci STRAY ${id} 2026-01-02 03:04:05Z not declared`,
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await ask(['secrets', 'list', 'acme.ci', '--json'])).out).secrets).toHaveLength(4);
    expect((await ask(['secrets', 'list', 'acme.cd'])).out).toBe('No plugin has or wants a secret.\n');
  });

  test('remove says whether there was one', async () => {
    await ask(['secrets', 'set', 'acme.ci', 'GITHUB'], typed('one'));
    expect(await ask(['secrets', 'remove', 'acme.ci', 'GITHUB'])).toMatchObject({
      exitCode: 0,
      out: 'acme.ci GITHUB is removed\n',
    });
    expect(await ask(['secrets', 'remove', 'acme.ci', 'GITHUB'])).toMatchObject({
      exitCode: 1,
      out: 'acme.ci GITHUB had no value\n',
    });
  });

  test.each([
    ['secrets/from-environment', ['set', 'acme.ci', 'SLACK']],
    ['secrets/bad-name', ['set', 'acme.ci', 'a/b']],
    ['plugin/unknown', ['set', 'acme.cd', 'GITHUB']],
  ])('a refusal keeps its code %s', async (code, argv) => {
    const ran = await ask(['secrets', ...argv, '--json'], typed('correct-horse'));
    expect(ran.exitCode).toBe(1);
    expect(JSON.parse(ran.out).error.code).toBe(code);
    expect(ran.out + ran.err).not.toContain('horse');
  });
});

test('set warns of a name that the plugin does not declare', async () => {
  const { exitCode, err } = await local(['secrets', 'set', 'acme.ci', 'GITHUBB'], typed('x'));
  expect([exitCode, err]).toEqual([0, 'warning: acme.ci declares no secret GITHUBB\n']);
});

test('the value may come from a file', async () => {
  const file = path.join(host.data, 'value');
  writeFileSync(file, 'from a file\n');
  await local(['secrets', 'set', 'acme.ci', 'GITHUB', '--file', file]);
  expect(live('GITHUB')).toEqual(['from a file']);
  const missing = await local(['secrets', 'set', 'acme.ci', 'GITHUB', '--file', `${file}.none`]);
  expect(missing).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('value.none, which cannot be read'),
  });
});

test('nothing piped in, or far too much, is no value', async () => {
  for (const text of ['', ' \n', 'x'.repeat(1_048_577)]) {
    const { exitCode, out, err } = await local(
      ['secrets', 'set', 'acme.ci', 'GITHUB', '--json'],
      typed(text),
    );
    expect([exitCode, JSON.parse(out).error.code]).toEqual([1, 'secrets/no-value']);
    expect(err).toContain('No value was given');
  }
  expect(live('GITHUB')).toEqual([]);
});

test.each([
  [['set', 'acme.ci', 'GITHUB', 'correct-horse']],
  [['rotate', 'acme.ci', 'GITHUB', '--overlap', 'soon']],
  [['rotate', 'acme.ci', 'GITHUB', '--generate', '--file', 'x']],
  [['approve', 'acme.ci', 'GITHUB', '--dismiss', '--id', 'x']],
  [['approve', 'acme.ci', 'GITHUB', '--dismiss', '--show']],
])('%j is a mistake in usage, and a value on the line is not repeated', async (argv) => {
  const { exitCode, out, err } = await local(['secrets', ...argv], typed('x'));
  expect(exitCode).toBe(2);
  expect(out + err).not.toContain('horse');
  expect(live('GITHUB')).toEqual([]);
});

describe('at a terminal', () => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });

  test('the value is asked for and not shown, corrections included', async () => {
    const input = terminal();
    input.write('wrogn\u007f\u007fng-horse\r');
    const { exitCode, out, err } = await local(['secrets', 'set', 'acme.ci', 'GITHUB'], () => input);
    expect([exitCode, err]).toEqual([0, 'Value of acme.ci GITHUB: \n']);
    expect(out).not.toContain('horse');
    expect(live('GITHUB')).toEqual(['wrong-horse']);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s gives up and changes nothing', async (_name, key) => {
    const input = terminal();
    input.write(key);
    const { exitCode, err } = await local(['secrets', 'set', 'acme.ci', 'GITHUB'], () => input);
    expect([exitCode, err]).toEqual([1, expect.stringContaining('the question was given up')]);
    expect(live('GITHUB')).toEqual([]);
  });
});
