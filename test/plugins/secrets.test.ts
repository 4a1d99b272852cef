import type { Declaration } from '../../src/core/declaration';
import { isHostError } from '../../src/core/errors';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { loadFiles } from './authoring';
import { keptServices } from './services';

const INFO = `{ author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'x' }`;

async function read(source: string, secrets = keptServices().secrets): Promise<Declaration[]> {
  const { exports } = await loadFiles({ 'index.ts': source });
  const recognised = nativeDialect.recognise({ folder: '/x', manifest: {}, module: exports });
  if (recognised === undefined) throw new Error('not recognised');
  recognised.bind({ ...keptServices(), secrets });
  return [...recognised.translate()];
}

const functionStyle = (declare: string) =>
  `import { Plugin } from 'gatehouse'; export const plugin = new Plugin(${INFO}); ${declare}`;
const classStyle = (declare: string, members = '') =>
  `import { GatePlugin, Get, Secret, Secrets } from 'gatehouse'; ${declare} @GatePlugin(${INFO}) export class Ci { ${members} }`;
const bare = (declarations: Declaration[]) =>
  declarations.map(({ origin: _origin, ...declaration }) => declaration);

const wanted = [
  { kind: 'secret', name: 'GITHUB', description: 'of the hook', required: true },
  { kind: 'secret', name: 'OTHER', description: '', required: false },
];

test('function style and class style declare the same secrets', async () => {
  const options = `{ description: 'of the hook', required: true }`;
  const one = await read(functionStyle(`plugin.secret('GITHUB', ${options}).secret('OTHER');`));
  expect(bare(one)).toEqual(wanted);
  expect(one[0]?.origin).toEqual({ dialect: 'native', where: 'secret("GITHUB")' });
  // Decorators run from the last to the first.
  const other = await read(classStyle(`@Secret('OTHER') @Secret('GITHUB', ${options})`));
  expect(bare(other)).toEqual(wanted);
  expect(other[0]?.origin).toEqual({ dialect: 'native', where: '@Secret("GITHUB")' });
});

test.each([
  [functionStyle(`plugin.secret('a b', { requird: true, description: 7 });`)],
  [classStyle(`@Secret('a b', { requird: true, description: 7 } as any)`)],
])('what is wrong with a declaration is listed at once', async (source) => {
  const error: unknown = await read(source).catch((thrown: unknown) => thrown);
  if (!isHostError(error)) throw new Error('it was accepted', { cause: error });
  expect(error.code).toBe('mount/invalid');
  for (const issue of ['unknown option "requird"', 'description must be a string', 'the name is a letter'])
    expect(error.message).toContain(issue);
});

test.each([
  [functionStyle(`plugin.get('/', () => plugin.secrets.get('GITHUB'));`)],
  [
    classStyle(
      '',
      `constructor(private secrets: Secrets) {} @Get('/') get() { return this.secrets.get('GITHUB'); }`,
    ),
  ],
])('a handler asks for the value when it runs', async (source) => {
  let value: string | undefined = 'one';
  const secrets = {
    get: (name: string) => (name === 'GITHUB' ? value : 'wrong'),
    set: async () => undefined,
  };
  const [endpoint] = await read(source, secrets);
  if (endpoint?.kind !== 'endpoint' || !('handle' in endpoint.serve)) throw new Error('no endpoint');
  expect(endpoint.serve.handle({} as never)).toBe('one');
  value = undefined;
  expect(endpoint.serve.handle({} as never)).toBeUndefined();
});

test('before the host loaded the plugin there are no secrets', async () => {
  await expect(read(functionStyle(`plugin.secrets.get('GITHUB');`))).rejects.toMatchObject({
    code: 'plugin/not-bound',
    message: expect.stringContaining('plugin.secrets'),
  });
});
