import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileHandlersDialect } from '../../../src/compat/file-handlers/file-handlers-dialect';
import type { Declaration } from '../../../src/core/declaration';
import { isHostError } from '../../../src/core/errors';
import type { PluginKey } from '../../../src/core/plugin-key';
import { buildMount } from '../../../src/core/mount';
import { loadableOf } from '../../../src/plugins/folder-entry';
import { rediscover } from '../../../src/plugins/discover';
import { loadModule } from '../../../src/plugins/load-module';
import { pluginFolder, writeFiles } from '../../support/plugin-folder';
import { plainServices } from '../plain-plugin';

const HANDLER = 'export function POST() { return { ok: true }; }';
type Files = Readonly<Record<string, string>>;

/** A folder `my-app` read as a host reads it, up to its declarations. */
async function read(files: Files, name = 'my-app') {
  const folder = path.join(pluginFolder({ 'README.md': '' }), name);
  writeFiles(folder, files);
  const found = await rediscover({ id: name, place: folder, folder, manifest: {}, from: 'folder' });
  const loadable = await loadableOf(found, [fileHandlersDialect]);
  if (loadable?.source === undefined) return undefined;
  const { exports } = await loadModule({ ...loadable, modules: () => undefined });
  const source = { id: name, folder, manifest: found.manifest, module: exports };
  const recognised = fileHandlersDialect.recognise(source);
  if (recognised === undefined) throw new Error('the entry was not recognised');
  recognised.bind(plainServices(`${recognised.info.author}.${recognised.info.module}`));
  return { info: recognised.info, recognised, declarations: [...recognised.translate()] };
}

const of = <K extends Declaration['kind']>(declarations: readonly Declaration[], kind: K) =>
  declarations.filter((one): one is Extract<Declaration, { kind: K }> => one.kind === kind);

/** What a folder is refused with, line by line. */
async function issuesOf(files: Files): Promise<string[]> {
  const thrown: unknown = await read(files).catch((error: unknown) => error);
  if (!isHostError(thrown)) throw new Error(`it was not refused: ${JSON.stringify(thrown)}`);
  expect(thrown.code).toBe('compat/bad-app');
  return thrown.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim().slice(2));
}

describe('which folders are apps', () => {
  test.each<[string, Files, boolean]>([
    ['webhooks and no entry', { 'webhooks/a.js': HANDLER }, true],
    ['server routes and no entry', { 'server/a.js': HANDLER }, true],
    ['a manifest alone', { 'informer.yaml': 'name: Mine\n' }, true],
    [
      'a manifest beside code of a page',
      { 'informer.yaml': 'name: Mine\n', 'src/index.js': 'document.title' },
      true,
    ],
    ['an entry beside a folder that is called server', { 'index.js': '', 'server/a.js': HANDLER }, false],
    [
      'an entry that is not built yet',
      { 'package.json': '{"main":"dist/x.js"}', 'informer.yaml': 'name: A\n' },
      true,
    ],
    ['tools alone', { 'tools/a.js': HANDLER }, false],
    ['nothing', { 'README.md': '' }, false],
  ])('%s', async (_what, files, isApp) => {
    expect((await read(files)) !== undefined).toBe(isApp);
  });

  test('a plugin whose entry is missing is told so, whatever folders it has', async () => {
    const files = { 'package.json': '{"main":"dist/x.js"}', 'server/a.js': HANDLER };
    await expect(read(files)).rejects.toMatchObject({ code: 'plugin/bad-entry' });
  });
});

describe('what an app declares', () => {
  test('an endpoint per method of each file, at the documented addresses', async () => {
    const app = await read({
      'webhooks/gmail/push.js': `export const config = { timeout: 15000 }; ${HANDLER}`,
      'server/orders/index.js': 'export const GET = () => []; export async function POST() {}',
      'server/orders/[id].js': 'exports.DELETE = () => undefined;',
      'webhooks/_shared.js': 'export const verify = 1;',
      'webhooks/push.test.js': 'throw new Error("tests are not routes")',
      'webhooks/notes.md': '',
    });
    const shown = of(app?.declarations ?? [], 'endpoint').map(
      ({ method, path, access, aliases, timeoutMs }) => ({
        ...{ method, path, access, timeoutMs },
        at: aliases.map((alias) => alias.base + alias.path),
      }),
    );
    const server = '/api/apps/my-app/view/api/_server';
    const scope = { scope: 'app:my-app' };
    expect(shown).toEqual([
      { method: 'DELETE', path: '/_server/orders/:id', access: scope, at: [`${server}/orders/:id`] },
      { method: 'GET', path: '/_server/orders', access: scope, at: [`${server}/orders`] },
      { method: 'POST', path: '/_server/orders', access: scope, at: [`${server}/orders`] },
      {
        ...{ method: 'POST', path: '/gmail/push', access: { signedUrl: true }, timeoutMs: 15_000 },
        at: ['/api/apps/my-app/_hook/gmail/push'],
      },
    ]);
  });

  test('a key and an id by its folder, an author by its package.json', async () => {
    const plain = await read({ 'webhooks/a.js': HANDLER });
    expect(plain?.info).toMatchObject({ author: 'app', module: 'my_app', name: 'my-app', version: '0.0.0' });
    const told = await read({
      'package.json': '{"author":"acme","version":"2.1.0","main":"index.js"}',
      'informer.yaml': 'id: orders-app\nname: Orders\ndescription: Takes orders.\n',
      'webhooks/a.js': HANDLER,
    });
    expect(told?.info).toMatchObject({ author: 'acme', module: 'my_app', name: 'Orders', version: '2.1.0' });
    expect(told?.recognised.addressOf?.('/a')).toBe('/api/apps/orders-app/_hook/a');
    expect(told?.recognised.addressOf?.('/_server/b')).toBe('/api/apps/orders-app/view/api/_server/b');
  });

  test('what a file says of its access holds besides', async () => {
    const app = await read({
      'webhooks/a.js': `export const access = { signature: 'github', secret: 'S' }; ${HANDLER}`,
      'webhooks/b.js': `export const access = { signedUrl: true }; ${HANDLER}`,
    });
    expect(of(app?.declarations ?? [], 'endpoint').map(({ access }) => access)).toEqual([
      [{ signedUrl: true }, { signature: 'github', secret: 'S' }],
      { signedUrl: true },
    ]);
  });

  test('names that are the host’s below a plugin serve at the app’s address', async () => {
    const app = await read({ 'webhooks/docs.js': HANDLER, 'webhooks/webhook/in.js': HANDLER });
    const mount = buildMount('app.my_app' as PluginKey, app?.info as never, app?.declarations ?? []);
    expect(mount.endpoints.map(({ path, aliases }) => [path, aliases[0]?.path])).toEqual([
      ['', '/docs'],
      ['', '/webhook/in'],
    ]);
  });

  test('its variables, its agents and its page', async () => {
    const app = await read({
      'informer.yaml': `env:
  - GITHUB_WEBHOOK_SECRET
  - { name: OTHER, description: Another one., required: true }
agents:
  - { on: gmail_notification, prompt: Look at the mailbox., channel: console-mail }
  - { on: gmail_notification, prompt: Tell me. }
`,
      'index.html': '<p>Hello</p>',
    });
    const declarations = app?.declarations ?? [];
    expect(of(declarations, 'secret').map(({ name, required }) => [name, required])).toEqual([
      ['GITHUB_WEBHOOK_SECRET', false],
      ['OTHER', true],
    ]);
    expect(of(declarations, 'task').map(({ name, on }) => [name, on])).toEqual([
      ['agent:gmail_notification', 'gmail_notification'],
      ['agent:gmail_notification#2', 'gmail_notification'],
    ]);
    expect(app?.info.webuiPath).toBe('/_view');
    expect(of(declarations, 'endpoint').map(({ aliases }) => aliases[0]?.base)).toEqual([
      '/api/apps/my-app/view',
    ]);
  });

  test('a tool per file of tools, however it is written', async () => {
    const app = await read({
      'informer.yaml': 'name: A\n',
      'tools/send_email.js': `export default { description: 'Sends mail.', parameters: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] }, handler: ({ to }) => ({ sent: to }) };`,
      'tools/add.js': `export const name = 'sum'; export const run = ({ a, b }) => a + b;`,
      'tools/now.js': `export default () => 'now';`,
      'tools/deep/not.js': 'throw new Error("only files of the folder itself are tools")',
    });
    const tools = of(app?.declarations ?? [], 'tool');
    expect(tools.map(({ name, description }) => [name, description])).toEqual([
      ['sum', ''],
      ['now', ''],
      ['send_email', 'Sends mail.'],
    ]);
    const mail = tools[2];
    expect(mail?.inputSchema).toMatchObject({ required: ['to'] });
    expect(await mail?.input?.['~standard'].validate({ to: 'a@b.example' })).toEqual({
      value: { to: 'a@b.example' },
    });
    expect(await mail?.input?.['~standard'].validate({ to: 1 })).toMatchObject({
      issues: [{ path: ['to'] }],
    });
    expect(await tools[0]?.call({ a: 1, b: 2 }, undefined as never)).toBe(3);
    expect(await tools[1]?.call({}, undefined as never)).toBe('now');
  });
});

describe('what is refused, all at once', () => {
  test('files that are no routes', async () => {
    expect(
      await issuesOf({
        'webhooks/a.js': 'export const helper = 1;',
        'webhooks/b.js': 'export const POST = 1;',
        'webhooks/c.js': `export const config = { timeout: '15s' }; ${HANDLER}`,
        'webhooks/d.js': `export const access = { signatur: 'github' }; ${HANDLER}`,
        'webhooks/[e.js': HANDLER,
      }),
    ).toEqual([
      'webhooks/[e.js: "[e" is neither a name, [parameter] nor a last [...rest]',
      'webhooks/a.js exports none of GET, POST, PUT, PATCH, DELETE; what is no route gets a name that begins with "_"',
      'webhooks/b.js: POST is no function',
      'webhooks/c.js: config.timeout must be a whole number above 0, in milliseconds',
      expect.stringMatching(/^webhooks\/d\.js: access names no mode/),
    ]);
  });

  test('tools that cannot be called', async () => {
    expect(
      await issuesOf({
        'informer.yaml': 'name: A\n',
        'tools/a.js': 'export const description = "no code";',
        'tools/b.js': `export default { name: 'with space', timeout: -1, handler() {} };`,
        'tools/c.js': `export default { parameters: { type: 'unheard of' }, handler() {} };`,
      }),
    ).toEqual([
      'tools/a.js: exports no code; one of handler, execute, run, call, or a default function',
      'tools/b.js: its name is not letters, digits, "_" and "-"',
      'tools/b.js: timeout must be a whole number above 0',
      expect.stringMatching(/^tools\/c\.js: its parameters are no JSON Schema: /),
    ]);
  });

  test('a manifest that says what cannot be', async () => {
    expect(
      await issuesOf({
        'informer.yaml': `id: ../x
name: [a]
env: [1x]
dependencies: { github: nonsense }
agents: [{ on: 'a b' }]
`,
      }),
    ).toEqual([
      expect.stringMatching(/^informer\.yaml: the id "\.\.\/x" is not letters/),
      'informer.yaml: name is no text',
      'informer.yaml: env names "1x", which no variable can be called',
      'informer.yaml: the dependency "github" names no plugin (author.module)',
      expect.stringMatching(/^informer\.yaml: agents\[0\]\.on "a b" is neither a name/),
      'informer.yaml: agents[0].prompt is no text',
    ]);
  });

  test.each<[string, Files, RegExp]>([
    ['a manifest that is no YAML', { 'informer.yaml': 'a: [1' }, /^informer\.yaml is no YAML: /],
    ['a manifest that is no map', { 'informer.yaml': '- 1\n' }, /^informer\.yaml is not a map/],
    [
      'a manifest that is too long',
      { 'informer.yaml': `name: ${'x'.repeat(70_000)}` },
      /^informer\.yaml is longer/,
    ],
  ])('%s', async (_what, files, told) => {
    expect(await issuesOf(files)).toEqual([expect.stringMatching(told)]);
  });

  test('a manifest that is a link', async () => {
    const folder = pluginFolder({ 'secret.yaml': 'name: A\n', 'app/webhooks/a.js': HANDLER });
    symlinkSync(path.join(folder, 'secret.yaml'), path.join(folder, 'app/informer.yaml'));
    await expect(fileHandlersDialect.entryOf?.(path.join(folder, 'app'), undefined)).rejects.toThrow(
      'informer.yaml is a link',
    );
  });

  test('a folder whose name cannot be a key', async () => {
    await expect(read({ 'webhooks/a.js': HANDLER }, 'my app')).rejects.toMatchObject({
      code: 'plugin/invalid-info',
    });
  });
});
