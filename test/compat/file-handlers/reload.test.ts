import { fileHandlersDialect } from '../../../src/compat/file-handlers/file-handlers-dialect';
import { nativeDialect } from '../../../src/plugins/native-dialect';
import { watchPlugins, type Watch } from '../../../src/plugins/watch';
import { PluginYard, until } from '../../support/plugin-yard';

const HANDLER = 'export const POST = () => 1;';

let yard: PluginYard;
let watch: Watch | undefined;
beforeEach(async () => {
  yard = await PluginYard.open({
    partsOf: () => ({ generations: { dialects: [nativeDialect, fileHandlersDialect] } }),
  });
});
afterEach(async () => {
  await watch?.close();
  await yard.close();
});

async function watching(): Promise<void> {
  await yard.reconciler.rescan();
  const { reconciler, folders, data } = yard;
  watch = await watchPlugins({ reconciler, folders, data, logger: reconciler.parts.logger, quietMs: 60 });
}
const paths = () => yard.table.get('app.my_app')?.live?.mount.endpoints.map(({ path }) => path) ?? [];

test('a new file is served, a removed one no longer', async () => {
  await yard.write('my-app/webhooks/a.js', HANDLER);
  await watching();
  expect(paths()).toEqual(['/a']);
  await yard.write('my-app/webhooks/deep/b.js', HANDLER);
  await until(() => paths().length === 2);
  expect(paths()).toEqual(['/a', '/deep/b']);
  await yard.remove('my-app/webhooks/a.js');
  await until(() => paths().length === 1);
  expect(paths()).toEqual(['/deep/b']);
});

test('a new folder of files becomes an app', async () => {
  await watching();
  await yard.write('my-app/webhooks/a.js', HANDLER);
  await until(() => paths().length === 1);
});

test('a file that is wrong leaves the app as it was, and says what is wrong', async () => {
  await yard.write('my-app/webhooks/a.js', HANDLER);
  await watching();
  await yard.write('my-app/webhooks/b.js', `import fs from 'fs'; ${HANDLER}`);
  await until(() => yard.errors().length > 0);
  expect(paths()).toEqual(['/a']);
  expect(JSON.stringify(yard.log)).toContain('files of this folder import only one another');
});

test('two folders that would have one key: the second is refused', async () => {
  await yard.write('my-app/webhooks/a.js', HANDLER);
  await yard.write('my_app/webhooks/b.js', HANDLER);
  await watching();
  expect(paths()).toEqual(['/a']);
  expect(yard.errors().join()).toContain('The key app.my_app is claimed by');
});
