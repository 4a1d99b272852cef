import { createAsUser } from '../../src/plugins/user-services';
import { createPluginEnvironment } from '../../src/plugins/plugin-environment';
import { messagesThrough } from '../../src/core/messages';
import { createSecrets, type StoredSecrets } from '../../src/state/secrets';
import { createUserSecrets } from '../../src/state/user-secrets';
import { PluginYard } from '../support/plugin-yard';
import { sealerOf } from '../state/secrets-under-test';

let yard: PluginYard;
let secrets: StoredSecrets;
beforeEach(async () => {
  yard = await PluginYard.open({
    partsOf: ({ database: { shared }, logger }) => {
      const parts = { shared, logger, sealer: sealerOf(1), clock: { now: () => 1_000 } };
      const users = createUserSecrets(parts);
      secrets = createSecrets({
        ...{ ...parts, environment: { GATEHOUSE_SECRET_ACME_CI_GIVEN: 'of outside' } },
        plugins: () => ['acme.ci' as never],
      });
      return {
        services: {
          secretsOf: (key, declared) => secrets.of(key, declared),
          facesOf: (facts) => ({
            env: createPluginEnvironment({
              secrets: facts.secrets,
              secretNames: () => [
                ...(facts.declaredSecrets() ?? []).map(({ name }) => name),
                ...secrets.namesOf(facts.key),
              ],
              config: () => facts.config,
            }),
            asUser: createAsUser({
              ...{ facts, http: facts.outgoing.http, store: { user: () => 'documents' } as never },
              secretsOf: (userId) => users.of(facts.key, userId, facts.declaredSecrets),
              message: messagesThrough(async () => ({ id: 'm' })),
              channels: { ofUser: (userId) => `console-user-${userId}` },
            }),
          }),
        },
      };
    },
  });
});
afterEach(() => yard.close());

const DECLARED = `
  plugin.secret('CLIENT_ID', { writeMode: 'user' }).secret('TOKEN', { writeMode: 'extension', maxBytes: 8 });
  plugin.endpoint({ method: 'POST', path: '/in', access: { signature: 'github', secret: 'HOOK' } }, () => 'in');
  const codeOf = (work) => work.then(() => 'done', ({ code }) => code);`;
const load = async (body: string) => {
  await yard.plugin('ci', 'acme.ci', `${DECLARED} ${body}`);
  await yard.reconciler.rescan();
  expect(yard.errors()).toEqual([]);
};

test('a plugin is held to what it declares from its first moment on, for itself and for its users', async () => {
  await load(`plugin.onInit(async () => {
    note(await codeOf(plugin.secrets.set('CLIENT_ID', 'x')));
    note(await codeOf(plugin.secrets.set('TOKEN', 'too large for it')));
    note(await codeOf(plugin.secrets.set('TOKEN', 'short')));
    note(await codeOf(plugin.asUser('ann').secrets.set('CLIENT_ID', 'x')));
    note(await codeOf(plugin.asUser('ann').secrets.set('TOKEN', 'of ann')));
    note(plugin.secrets.get('TOKEN') + ', ' + plugin.asUser('ann').secrets.get('TOKEN'));
  });`);
  expect(yard.journal).toEqual([
    ...['secrets/not-yours', 'secrets/too-large', 'done', 'secrets/not-yours', 'done', 'short, of ann'],
  ]);
});

test('its environment lists what it declares, what its endpoints name and what is set', async () => {
  await load(
    `plugin.onInit(() => note(Object.keys(plugin.env).join(' ') + ': ' + plugin.env.GIVEN + plugin.env.PATH));`,
  );
  expect(yard.journal).toEqual(['CLIENT_ID TOKEN HOOK GIVEN: of outsideundefined']);
});

test('operators see who sets what, and how large it may be', async () => {
  await load('');
  expect(yard.registry.find('acme.ci')?.secrets).toEqual([
    { name: 'CLIENT_ID', description: '', required: false, writeMode: 'user', isSet: false },
    { name: 'TOKEN', description: '', required: false, writeMode: 'extension', maxBytes: 8, isSet: false },
    { name: 'HOOK', description: '', required: true, isSet: false },
  ]);
});

test('a declaration that cannot be is refused with everything that is wrong', async () => {
  await yard.plugin('ci', 'acme.ci', `plugin.secret('A', { writeMode: 'nobody', maxBytes: 16385 });`);
  await yard.reconciler.rescan();
  const message = yard.reconciler.find('acme.ci')?.failure?.message ?? yard.errors().join();
  expect(JSON.stringify(yard.log) + message).toMatch(/writeMode must be one of user, extension, both/);
  expect(JSON.stringify(yard.log) + message).toMatch(/maxBytes must be a whole number from 1 to 16384/);
});
