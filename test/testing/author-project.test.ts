import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { pluginFolder } from '../support/plugin-folder';
import { root } from '../support/process-host';

const PLUGIN = `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' })
  .post('/github', { access: { signature: 'github', secret: 'TOKEN' } }, ({ verified }) => verified.scheme);
`;
const BODY = `
const push = () => signed('github', { secret: 'hush', body: { ref: 'main' } });
test('is let in', async () => {
  const host = await startHost({ plugins: folder, secrets: { 'acme.ci': { TOKEN: 'hush' } } });
  try {
    const at = host.urlOf('acme.ci', '/github');
    assert.equal(await (await fetch(at, push())).json(), 'github');
    assert.equal((await fetch(at, { method: 'POST', body: '{}' })).status, 401);
  } finally {
    await host.stop();
  }
});
`;

/** A project that has gatehouse as a dependency, as its author would install it. */
function project(test: Readonly<Record<string, string>>): string {
  const folder = pluginFolder({
    // Nothing is to be transformed: what is linked here would be installed, and jest leaves installed packages alone.
    'package.json': JSON.stringify({ name: 'acme-ci', main: 'index.ts', jest: { transform: {} } }),
    'index.ts': PLUGIN,
    ...test,
  });
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(root, path.join(folder, 'node_modules/gatehouse'), 'junction');
  return folder;
}

function run(cwd: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    // Of the variables of the test that runs this, jest's own would make the inner one another worker of it.
    const env = { PATH: process.env.PATH, HOME: cwd };
    execFile(process.execPath, args, { cwd, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}

describe("a plugin author's own tests, with the built package", () => {
  test('run under jest', async () => {
    const head = `const assert = require('node:assert');
const { signed, startHost } = require('gatehouse/testing');
const folder = __dirname;`;
    const folder = project({ 'ci.test.js': head + BODY });
    const { code, output } = await run(folder, [path.join(root, 'node_modules/jest/bin/jest.js'), '--ci']);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('1 passed') });
  }, 60_000);

  test("run under Node's own runner, as an ES module", async () => {
    const head = `import assert from 'node:assert';
import test from 'node:test';
import { signed, startHost } from 'gatehouse/testing';
const folder = import.meta.dirname;`;
    const folder = project({ 'ci.test.mjs': head + BODY });
    const { code, output } = await run(folder, ['--test', 'ci.test.mjs']);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/pass 1/) });
  }, 60_000);
});
