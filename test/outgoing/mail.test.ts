import path from 'node:path';
import { HOST_KEY } from '../../src/core/host-key';
import type { MailMessage } from '../../src/core/ports/mail';
import { Secret } from '../../src/core/secret';
import type { WorkRequest } from '../../src/core/work-sink';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { createMailer } from '../../src/outgoing/mail';
import { keyOf } from '../core/plain-mount';
import { engineOn, temporaryFolder, until, type EngineUnderTest } from '../inbox/engine-under-test';
import { keptLogger } from '../state/secrets-under-test';
import { closeMailServers, openMailServer, type MailServer } from './mail-server';

const CI = keyOf('acme.ci');
const FROM = 'Gatehouse <gatehouse@example.org>';
const MESSAGE: MailMessage = { to: 'ann@example.org', subject: 'Build done', text: 'It is green.' };
const codes: Record<string, number | undefined> = {
  // The first time only, as greylisting does.
  'grey@example.org': 451,
  'nobody@example.org': 550,
};

let engine: EngineUnderTest;
let server: MailServer;
let folder: ReturnType<typeof temporaryFolder>;
const { logger, lines } = keptLogger();
const made = (url: string | undefined, from: string | undefined = FROM, more: { sink?: any } = {}) =>
  createMailer({
    settings: { url: url === undefined ? undefined : new Secret(url), from },
    sink: more.sink ?? engine.inbox,
    logger,
    retry: { attempts: 3, backoff: [20] },
  });

beforeAll(async () => {
  folder = temporaryFolder();
  server = await openMailServer((recipient, time) =>
    codes[recipient] === 451 && time > 1 ? undefined : codes[recipient],
  );
  engine = engineOn(await SqliteStore.open({ file: path.join(folder.folder, 'inbox.db') }));
  engine.put(HOST_KEY, [made(server.url).task]);
  await engine.open();
  await engine.start();
});
afterAll(async () => {
  await engine.stop(1_000);
  await closeMailServers();
  folder.remove();
});

const send = (message: MailMessage) => made(server.url).mailer.of(CI).send(message);
const receivedBy = (recipient: string) => server.received.filter(({ to }) => to.includes(recipient));
const arrived = (recipient: string) => until(`mail to ${recipient}`, () => receivedBy(recipient)[0]);
const dead = async () => (await engine.desk.jobs({ states: ['dead'] }, {})).items;

test('a mail is stored, and then sent, with what says whose it is', async () => {
  const { id } = await send({
    to: ['Ann <ann@example.org>', 'Ben Ö. <ben@example.org>'],
    cc: 'cem@example.org',
    bcc: 'dot@example.org',
    replyTo: 'desk@example.org',
    subject: 'Grün ✓',
    text: 'It is green.',
    html: '<p>It is green.</p>',
  });
  const { from, to, text } = await arrived('ann@example.org');
  expect(from).toBe('gatehouse@example.org');
  expect(to).toEqual(['ann@example.org', 'ben@example.org', 'cem@example.org', 'dot@example.org']);
  expect(text).toContain(`Message-ID: <${id}@example.org>`);
  expect(text).toContain('From: Gatehouse <gatehouse@example.org>');
  expect(text).toContain('Reply-To: desk@example.org');
  expect(text).toContain('Auto-Submitted: auto-generated');
  expect(text).toContain('<p>It is green.</p>');
  expect(text).not.toContain('dot@example.org');
});

test('a server that puts it off gets it again, the same; one that refuses it gets it once', async () => {
  const { id } = await send({ ...MESSAGE, to: 'grey@example.org' });
  const { text } = await arrived('grey@example.org');
  expect(text).toContain(`Message-ID: <${id}@example.org>`);
  expect(server.asked.filter((one) => one === 'grey@example.org')).toHaveLength(2);
  await send({ ...MESSAGE, to: 'nobody@example.org' });
  const [job] = await until('a dead letter', async () => ((await dead()).length > 0 ? dead() : undefined));
  expect(job).toMatchObject({ plugin: HOST_KEY, name: 'mail' });
  expect(server.asked.filter((one) => one === 'nobody@example.org')).toHaveLength(1);
});

test('of several recipients each gets it once, whatever the others are', async () => {
  const before = (await dead()).length;
  codes['later@example.org'] = 451;
  codes['never@example.org'] = 550;
  const { id } = await send({
    ...MESSAGE,
    to: ['once@example.org', 'later@example.org'],
    cc: 'never@example.org',
  });
  await arrived('later@example.org');
  await until('a dead letter', async () => (await dead()).length > before);
  for (const recipient of ['once@example.org', 'later@example.org']) {
    expect(receivedBy(recipient)).toHaveLength(1);
    expect(receivedBy(recipient)[0]?.text).toContain(`Message-ID: <${id}@example.org>`);
  }
  expect(server.asked.filter((one) => one === 'never@example.org')).toHaveLength(2);
});

test('where all are refused, some of them for good, the others still get it', async () => {
  const before = (await dead()).length;
  codes['late@example.org'] = 451;
  codes['gone@example.org'] = 550;
  await send({ ...MESSAGE, to: ['late@example.org', 'gone@example.org'] });
  await arrived('late@example.org');
  await until('a dead letter', async () => (await dead()).length > before);
  expect(receivedBy('late@example.org')).toHaveLength(1);
});

test('through a job it is stored where the job says', async () => {
  const put: WorkRequest[] = [];
  const sink = {
    put: async (requests: readonly WorkRequest[]) => {
      put.push(...requests);
      return requests.map(() => undefined);
    },
  };
  const { id } = await made(server.url).mailer.of(CI, sink).send(MESSAGE);
  expect(put).toMatchObject([
    { plugin: HOST_KEY, task: 'mail', payload: { id, plugin: CI, subject: 'Build done' } },
  ]);
});

test.each<[string, unknown]>([
  ['no one', { ...MESSAGE, to: [] }],
  ['no address', { ...MESSAGE, to: 'ann' }],
  ['two in one text', { ...MESSAGE, to: 'ann@example.org, ben@example.org' }],
  ['a group', { ...MESSAGE, to: 'all: ann@example.org;' }],
  ['an address in quotes', { ...MESSAGE, to: '"evil@example.com x"@example.org' }],
  ['a line end in an address', { ...MESSAGE, to: 'ann@example.org\r\nBcc: evil@example.com' }],
  ['a line end in a name', { ...MESSAGE, to: 'Ann\nBcc: evil@example.com <ann@example.org>' }],
  ['a line end in replyTo', { ...MESSAGE, replyTo: 'ann@example.org\r\nX: y' }],
  ['a line end in the subject', { ...MESSAGE, subject: 'Hi\r\nBcc: evil@example.com' }],
  ['a NUL in the subject', { ...MESSAGE, subject: 'Hi\0' }],
  ['no subject', { to: 'ann@example.org', text: 'a' }],
  ['no body', { to: 'ann@example.org', subject: 'a' }],
  ['a body that is no text', { ...MESSAGE, html: { path: '/etc/hosts' } }],
  ['a text that is a file', { ...MESSAGE, text: { path: '/etc/hosts' } }],
  ['a large body', { ...MESSAGE, text: 'x'.repeat(1024 ** 2 + 1) }],
  ['too many', { ...MESSAGE, to: Array.from({ length: 101 }, (_, n) => `a${n}@example.org`) }],
  [
    'too many in all',
    { ...MESSAGE, to: Array.from({ length: 100 }, (_, n) => `a${n}@example.org`), cc: 'b@example.org' },
  ],
  ['nothing', undefined],
])('a mail with %s is refused', async (_, message) => {
  const asked = server.asked.length;
  await expect(send(message as MailMessage)).rejects.toMatchObject({ code: 'mail/bad-message' });
  expect(server.asked).toHaveLength(asked);
});

test.each([
  ['no server', undefined, FROM, /mail\.url is not set/],
  ['another protocol', 'https://user:hidden-word@example.org', FROM, /no smtp:\/\//],
  ['no address at all', 'hidden-word', FROM, /no smtp:\/\//],
  ['no sender', 'smtp://127.0.0.1:1', undefined, /mail\.from/],
  ['two senders', 'smtp://127.0.0.1:1', 'a@example.org, b@example.org', /mail\.from/],
])('with %s none is taken', async (_, url, from, message) => {
  const mailer = createMailer({
    settings: { url: url === undefined ? undefined : new Secret(url), from },
    ...{ sink: engine.inbox, logger },
  });
  const asked = mailer.mailer.of(CI).send(MESSAGE);
  await expect(asked).rejects.toMatchObject({
    code: 'mail/not-configured',
    message: expect.stringMatching(message),
  });
  await expect(asked).rejects.not.toThrow(/hidden-word/);
  mailer.close();
});

const attempt = async (url: string) => {
  const payload = {
    id: 'mail_1',
    plugin: CI,
    ...{ to: [{ name: '', address: 'ann@example.org' }], cc: [], bcc: [] },
  };
  const { task, close } = made(url);
  try {
    await task.run({ ...payload, subject: 'a', text: 'b' }, { enqueue: () => {} } as never);
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    close();
  }
};

test('a server that is not there, or refuses the password, is tried again', async () => {
  expect(await attempt('smtp://127.0.0.1:1')).toMatchObject({ name: 'Error' });
  const guarded = await openMailServer(undefined, {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(Object.assign(new Error('wrong'), { responseCode: 535 })),
  });
  const refused = await attempt(`smtp://host:hidden-word@127.0.0.1:${guarded.port}`);
  expect(refused).toMatchObject({ name: 'Error', message: expect.stringContaining('535') });
  expect(String(refused?.stack)).not.toContain('hidden-word');
  await guarded.close();
});

test('a password goes to no other machine without TLS', async () => {
  let signedIn = 0;
  const plain = await openMailServer(undefined, {
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(null, { user: `host ${(signedIn += 1)}` }),
  });
  // To the rule it is another machine.
  const far = await attempt(`smtp://host:hidden-word@127.0.0.2:${plain.port}`);
  expect(far).toMatchObject({ name: 'Error', message: expect.stringContaining('STARTTLS') });
  expect(signedIn).toBe(0);
  expect(await attempt(`smtp://host:hidden-word@127.0.0.2:${plain.port}?requireTLS=false`)).toBeUndefined();
  const near = await attempt(`smtp://host:hidden-word@127.0.0.1:${plain.port}`);
  expect(near).toBeUndefined();
  expect(plain.received).toHaveLength(2);
  await plain.close();
});

test('no log line holds what is in a mail, or the password', () => {
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join('')).not.toMatch(/It is green|hidden-word|ann@example\.org/);
});
