import { copyExamples, type ExampleCopy } from '../support/example-copy';
import { startProcessHost, type ProcessHost } from '../support/process-host';

const key = 'example.class_style';

describe('the class-style example', () => {
  let host: ProcessHost;
  let copy: ExampleCopy;
  beforeAll(async () => {
    copy = copyExamples('class-style');
    host = await startProcessHost({ plugins: [copy.folder] });
  });
  afterAll(async () => {
    expect(await host.stop()).toBe(0);
    copy.remove();
  });

  const greet = async (query = '') =>
    (await fetch(`${host.base}/api/plugin/${key}/greetings/Ada${query}`)).json() as Promise<any>;
  const status = async () => {
    const { body } = await host.operator('GET', 'plugins');
    return (Array.isArray(body) ? body : body.plugins).find((plugin: any) => plugin.key === key);
  };

  test('the constructor is given its own service and the logger of the plugin', async () => {
    expect(await greet()).toEqual({ greeting: 'Hello, Ada!' });
    await host.logged(/greets in en/);
    const line = host
      .log()
      .split('\n')
      .find((text) => text.includes('greets in en'));
    expect(line).toContain(key);
  });

  test('its methods are listed as endpoints and tasks', async () => {
    const { endpoints, tasks, state } = await status();
    expect(state).toBe('live');
    expect(endpoints.map((endpoint: any) => `${endpoint.method} ${endpoint.path}`).sort()).toEqual([
      'GET /greetings/:name',
      'POST /languages',
    ]);
    expect(tasks).toEqual(['report']);
  });

  test('a reload builds a new instance with new services, and cleans the old one up', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ language: 'pl', word: 'Cześć' });
    await fetch(`${host.base}/api/plugin/${key}/languages`, { method: 'POST', headers, body });
    expect(await greet('?language=pl')).toEqual({ greeting: 'Cześć, Ada!' });
    copy.edit('class-style/greetings.ts', '}!`', '} (new)!`');
    expect((await host.operator('POST', `plugins/${key}/reload`)).status).toBe(200);
    expect(await greet()).toEqual({ greeting: 'Hello, Ada (new)!' });
    expect((await greet('?language=pl')).status).toBe(404);
    await host.logged(/said goodbye in 2 languages/);
  });

  test('`import type` of an injected class is refused by name, and the version before serves on', async () => {
    copy.edit('class-style/index.ts', 'import { Greetings }', 'import type { Greetings }');
    const { body } = await host.operator('POST', `plugins/${key}/reload`);
    expect(body.ok ?? false).toBe(false);
    const { state, failure } = await status();
    expect(state).toBe('live');
    expect(failure.message).toMatch(/ClassStyle/);
    expect(failure.message).toMatch(/import type/);
    expect(await greet()).toEqual({ greeting: 'Hello, Ada (new)!' });
  });
});
