import { createLegacyLayer } from '../../src/compat';
import type { Endpoint } from '../../src/core/declaration';
import { systemClock } from '../../src/core/clock';
import * as gatehouse from '../../src/index';
import { moduleLoader } from '../../src/plugins/module-loader';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { PluginYard } from '../support/plugin-yard';
import winston from 'winston';

// One plugin: GitHub's signed deliveries at POST /github, answered by the handler. In each way of writing it.
const info = (module: string) =>
  `{ author: 'acme', module: '${module}', name: 'CI', version: '1.0.0', description: '' }`;
const access = `{ signature: 'github', secret: 'GITHUB_WEBHOOK_SECRET' }`;

const native = (module: string, body: string, modes = access) => `
import { Plugin } from 'gatehouse';
export const plugin = new Plugin(${info(module)});
plugin.endpoint({ method: 'POST', path: '/github', access: ${modes}, body: { kind: '${body}' } }, () => ({ ok: true }));
`;

const written: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a class': {
    'class/index.ts': `
import { Endpoint, GatePlugin } from 'gatehouse';
@GatePlugin(${info('classes')})
export class Ci {
  @Endpoint({ method: 'POST', path: '/github', access: ${access}, body: { kind: 'auto' } }) onPush() { return { ok: true }; }
}`,
  },
  'a webhook method': {
    'method/index.ts': `
import { Plugin } from 'gatehouse';
export const plugin = new Plugin(${info('method')});
plugin.mountWebhookMethod({ endpoint: '/github', access: ${access} }, { POST: () => ({ ok: true }) });`,
  },
  'event routes': {
    'routes/index.ts': `
import { eventRoutes } from 'gatehouse/compat';
export const routes = eventRoutes({ author: 'acme', module: 'routes', path: '/github', provider: 'github',
  secret: 'GITHUB_WEBHOOK_SECRET', answer: 'handler', on: { push: () => ({ ok: true }) } });`,
  },
  'an extension': {
    'extension/index.ts': `
import { Extension } from 'gatehouse/compat';
export const ext = new Extension('extension', { displayName: 'CI', description: '' });
ext.webhook('github', { access: ${access} }, async () => ({ ok: true }));`,
    'extension/package.json': '{ "author": "acme" }',
  },
  'a file': {
    'files/webhooks/github.js': `
export const access = ${access};
export async function POST() { return { ok: true }; }`,
    'files/package.json': '{ "author": "acme" }',
  },
};
const keys: Readonly<Record<string, string>> = {
  'a class': 'acme.classes',
  'a webhook method': 'acme.method',
  'event routes': 'acme.routes',
  'an extension': 'acme.extension',
  'a file': 'acme.files',
};
/** What a way of writing prescribes beside what its author wrote. */
const twins: Readonly<Record<string, string>> = {
  // Its handlers are given text, whatever its type.
  'an extension': native('twin', 'raw'),
  // Its addresses carry a token.
  'a file': native('twin', 'auto', `[{ signedUrl: true }, ${access}]`),
};

let yard: PluginYard;
beforeAll(async () => {
  const logger = winston.createLogger({ silent: true });
  const settings = {
    compat: { webhookMethods: 'on', 'webhookMethods.answer': 'handler', sunset: undefined, pins: {} },
    perPlugin: {},
  } as const;
  const legacy = createLegacyLayer({ settings, logger, clock: systemClock });
  yard = await PluginYard.open({
    partsOf: () => ({
      generations: {
        dialects: [nativeDialect, ...legacy.dialects],
        load: moduleLoader((name, late) =>
          name === 'gatehouse' ? gatehouse : legacy.modules[name]?.(late.get),
        ),
      },
    }),
  });
  for (const files of Object.values(written))
    for (const [name, text] of Object.entries(files)) await yard.write(name, text);
  await yard.reconciler.rescan();
});
afterAll(() => yard.close());

/** All that makes a mount, but where it came from, its further addresses and the handler itself. */
function mountOf(key: string): unknown[] {
  const mount = yard.table.get(key)?.live?.mount;
  expect({ key, errors: mount === undefined ? yard.errors() : [] }).toEqual({ key, errors: [] });
  const endpoints = (mount?.endpoints ?? []).map((endpoint: Endpoint) => {
    const { kind, method, path, reach, access: modes, body, answer, schema } = endpoint;
    return { kind, method, path, reach, access: modes, body, answer, schema };
  });
  return [...endpoints, ...(mount?.tools ?? []), ...(mount?.tasks ?? [])];
}

test.each(Object.keys(written))('written as %s it is the mount that it is natively', async (way) => {
  await yard.write('twin/index.ts', twins[way] ?? native('twin', 'auto'));
  await yard.reconciler.rescan();
  const reloaded = yard.table.get('acme.twin')?.live?.generation;
  if (reloaded !== undefined) await yard.registry.reload('acme.twin');
  const mount = mountOf(keys[way] ?? '');
  expect(mount).toHaveLength(1);
  expect(mount).toEqual(mountOf('acme.twin'));
});
