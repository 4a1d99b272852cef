import { HOST_KEY } from '../../src/core/host-key';
import { startHost, testChannel } from '../../src/testing';
import { pluginFolder } from '../support/plugin-folder';

const plugin = (author: string, module: string, body: string) => `
  import { Plugin } from 'gatehouse';
  export const plugin = new Plugin({ author: '${author}', module: '${module}', name: 'X', version: '1.0.0', description: '' });
  ${body}`;

test("a plugin that claims the host's own key fails and is listed; the host's work goes on", async () => {
  const channel = testChannel();
  const folder = pluginFolder({
    'host/index.ts': plugin('gatehouse', 'host', `plugin.task('message', () => undefined);`),
    'teller/index.ts': plugin(
      'acme',
      'teller',
      `plugin.onEnabled(() => plugin.message.sendText('console-a', 'still here'));`,
    ),
  });
  const host = await startHost({ plugins: folder, channel, failed: 'keep' });
  try {
    await host.idle();
    expect(channel.messages).toMatchObject([{ chatKey: 'console-a', text: 'still here' }]);
    const refused = host.registry.list().find((status) => status.folder.endsWith('host'));
    expect(refused).toMatchObject({
      key: undefined,
      state: 'failed',
      failure: { code: 'plugin/reserved-key', message: expect.stringContaining(HOST_KEY) },
    });
    await expect(host.registry.reload(refused?.folder ?? '')).rejects.toMatchObject({
      message: expect.stringContaining(HOST_KEY),
    });
    expect(host.registry.find('acme.teller')?.state).toBe('live');
  } finally {
    await host.stop();
  }
});
