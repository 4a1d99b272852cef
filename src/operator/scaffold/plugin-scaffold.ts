import type { PluginKey } from '../../core/plugin-key';
import { readmeOf } from './scaffold-readme';

/** What a new plugin is to be. */
export interface ScaffoldOptions {
  readonly key: PluginKey;
  /** Whose webhooks it takes, as `access` names it, e.g. `github`. */
  readonly sender: string;
  /** Of the host, e.g. `0.1.0`: later versions that promise the same are taken too. */
  readonly version: string;
  /** Where npm finds the package `gatehouse` for the plugin's tests, e.g. `file:../../gatehouse`; undefined where it already is. */
  readonly gatehouse: string | undefined;
  /** Where the host is reached, no trailing slash: for the addresses in its README. */
  readonly base: string;
}

/** What its test signs with: base64, which some senders' secrets have to be. */
export const TEST_SECRET = 'YSBzZWNyZXQgb2YgdGhpcyB0ZXN0';

const TOOLS = { '@types/node': '^20.19.0', typescript: '>=5.6 <7' };

/** The files of a new plugin, texts by name: it loads as it is, and its test passes. */
export function scaffoldFiles(options: ScaffoldOptions): Readonly<Record<string, string>> {
  return {
    'package.json': json(manifestOf(options)),
    'tsconfig.json': json(TYPESCRIPT),
    'index.ts': entryOf(options),
    'index.test.ts': testOf(options),
    'README.md': readmeOf(options),
  };
}

/** Of the secret that the sender signs with, e.g. `GITHUB_WEBHOOK_SECRET`. */
export function secretNameOf(sender: string): string {
  return `${sender.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_WEBHOOK_SECRET`;
}

function manifestOf({ key, version, gatehouse }: ScaffoldOptions): object {
  const [author = '', module = ''] = key.split('.');
  return {
    name: `gatehouse-plugin-${author}-${module}`.toLowerCase().replaceAll('_', '-'),
    version: '0.1.0',
    private: true,
    main: 'index.ts',
    keywords: ['gatehouse-plugin'],
    gatehouse: { author, module },
    engines: { gatehouse: `^${version}` },
    scripts: { test: 'tsc && node --enable-source-maps --test node_modules/.test/index.test.js' },
    devDependencies: { ...TOOLS, ...(gatehouse === undefined ? {} : { gatehouse }) },
  };
}

/** What it compiles is for the test alone, in a folder that no watcher looks at: the host reads the `.ts` files. */
const TYPESCRIPT = {
  compilerOptions: {
    target: 'ES2023',
    module: 'node16',
    moduleResolution: 'node16',
    strict: true,
    skipLibCheck: true,
    sourceMap: true,
    rootDir: '.',
    outDir: 'node_modules/.test',
    types: ['node'],
  },
  include: ['*.ts'],
};

function entryOf({ key, sender }: ScaffoldOptions): string {
  const [author = '', module = ''] = key.split('.');
  const secret = secretNameOf(sender);
  return `import { Plugin } from 'gatehouse';

export const plugin = new Plugin({
  author: '${author}',
  module: '${module}',
  name: '${module}',
  version: '0.1.0',
  description: 'Counts what ${sender} sends.',
});

plugin.secret('${secret}', { description: 'What ${sender} signs its requests with', required: true });

// The sender is answered as soon as its request is stored; this runs after that, and again should it fail.
plugin.post(
  '/${sender}',
  { access: { signature: '${sender}', secret: '${secret}' }, answer: 'accept' },
  async ({ verified, requestId }) => {
    await plugin.store.create('deliveries', { event: verified?.event ?? 'unknown', requestId });
    plugin.logger.info('a delivery came', { event: verified?.event });
  },
);

// Anybody may ask this one.
plugin.get('/', { access: 'public' }, async () => {
  const deliveries = await plugin.store.list('deliveries');
  return { deliveries: deliveries.length };
});
`;
}

function testOf({ key, sender }: ScaffoldOptions): string {
  const secret = secretNameOf(sender);
  return `import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signed, startHost, type TestHost } from 'gatehouse/testing';

const SECRET = '${TEST_SECRET}';
let host: TestHost;
before(async () => {
  host = await startHost({ plugins: process.cwd(), secrets: { '${key}': { ${secret}: SECRET } } });
});
after(() => host.stop());

test('what ${sender} signed is counted', async () => {
  const url = host.urlOf('${key}', '/${sender}');
  const answer = await fetch(url, signed('${sender}', { secret: SECRET, body: { hello: 'world' }, url }));
  assert.equal(answer.ok, true);
  await host.idle();
  const counted = await fetch(host.urlOf('${key}', '/'));
  assert.deepEqual(await counted.json(), { deliveries: 1 });
});

test('what nobody signed is refused', async () => {
  const answer = await fetch(host.urlOf('${key}', '/${sender}'), { method: 'POST', body: '{}' });
  assert.equal(answer.status, 401);
});
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
