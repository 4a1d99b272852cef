import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root, startProcessHost, type ProcessHost } from '../support/process-host';
import { outputMatches, parseTranscript, runStep } from '../support/transcript';

const examples = path.join(root, 'plugins-example');
const folders = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const readmes = [
  'README.md',
  'plugins-example/README.md',
  ...folders.map((name) => `plugins-example/${name}/README.md`),
];

/** What the READMEs tell the reader to set before starting the host. */
const env = {
  GATEHOUSE_CONFIG_EXAMPLE_GITHUB_GITHUB_WEBHOOK_SECRET: 'example-secret',
  GATEHOUSE_CONFIG_EXAMPLE_GITHUB_LEGACY_GITHUB_WEBHOOK_SECRET: 'example-secret',
  GATEHOUSE_CONFIG_EXT_EXT_MY_APP_WEBHOOK_SECRET: 'example-secret',
  GATEHOUSE_SECRET_EXT_EXT_MY_APP_EVENTS_SECRET: 'example-secret',
  GATEHOUSE_SECRET_EXAMPLE_VERIFIED_GITHUB_WEBHOOK_SECRET: 'example-secret',
  GATEHOUSE_SECRET_EXAMPLE_EVENT_ROUTES_GITHUB_WEBHOOK_SECRET: 'example-secret',
};

describe('every transcript in the documentation is what happens', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await startProcessHost({ plugins: [examples], env });
  });
  afterAll(async () => {
    expect(await host.stop()).toBe(0);
  });

  test.each(readmes)(
    '%s',
    async (name) => {
      const file = path.join(root, name);
      const steps = parseTranscript(existsSync(file) ? readFileSync(file, 'utf8') : '');
      expect(steps.length).toBeGreaterThan(0);
      const bound = new Map<string, string>();
      for (const step of steps) {
        const actual = await runStep(
          step,
          { address: `127.0.0.1:${host.port}`, cwd: root, env: host.env },
          bound,
        );
        if (!outputMatches(step, actual, bound))
          expect(`${name}:${step.line}\n$ ${step.command}\n${actual}`).toBe(
            `${name}:${step.line}\n$ ${step.command}\n${step.expected}`,
          );
      }
    },
    60_000,
  );

  test('every example is live, and the table lists each of them', async () => {
    const { body } = await host.operator('GET', 'plugins');
    const table = readFileSync(path.join(examples, 'README.md'), 'utf8');
    const plugins: { folder: string; state: string; failure?: unknown }[] = Array.isArray(body)
      ? body
      : body.plugins;
    expect(plugins.filter((plugin) => plugin.state !== 'live')).toEqual([]);
    expect(plugins.map((plugin) => path.basename(plugin.folder)).sort()).toEqual([...folders].sort());
    for (const name of folders) expect(table).toContain(`[${name}](./${name}/README.md)`);
  });
});
