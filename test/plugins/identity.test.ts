import path from 'node:path';
import { guessKey } from '../../src/plugins/identity';
import { pluginFolder } from '../support/plugin-folder';

async function guess(entry: string | undefined, manifest: object = {}) {
  const folder = pluginFolder(entry === undefined ? {} : { 'index.ts': entry });
  return guessKey(path.join(folder, 'index.ts'), manifest);
}

describe('the key of a plugin that cannot be imported is', () => {
  test('what package.json says, before what the entry says', async () => {
    const manifest = { gatehouse: { author: 'acme', module: 'ci' } };
    expect(await guess(`new Plugin({ author: 'other', module: 'x' })`, manifest)).toBe('acme.ci');
  });

  test.each([
    [`new Plugin({ author: 'acme', module: "ci", name: 'x' })`],
    [`@GatePlugin({\n  module: \`ci\`,\n  author:'acme',\n})`],
    [
      `const author: string = 'wrong'; const x = { author: 'wrong' };\nexport const plugin = new Plugin({ "author": "acme", "module": "ci" }); throw new Error()`,
    ],
    [`define({ author: 'acme', module: 'ci' }); syntax error (((`],
  ])('literal in the entry: %s', async (text) => {
    expect(await guess(text)).toBe('acme.ci');
  });

  test.each([
    ['no file', undefined, {}],
    ['no literals', `new Plugin({ author, module: 'ci' })`, {}],
    ['parts that are no names', `new Plugin({ author: 'a-b', module: 'ci' })`, {}],
    ['a section of another kind', '', { gatehouse: 'acme.ci' }],
    ['a section that is half there', '', { gatehouse: { author: 'acme' } }],
    ["the host's own key", `new Plugin({ author: 'gatehouse', module: 'host' })`, {}],
    ['names that are not text', '', { gatehouse: { author: 1, module: {} } }],
  ])('unknown with %s', async (_name, text, manifest) => {
    expect(await guess(text, manifest)).toBeUndefined();
  });

  test('unknown without an entry', async () => {
    expect(await guessKey(undefined, {})).toBeUndefined();
  });
});
