import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { file } from '../../src/core/file-body';
import { endpoint, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
let folder: string;
let root: string;
const at = (...names: string[]) => path.join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-roots-'));
  root = at('.hosts', 'root');
  await mkdir(path.join(root, 'sub'), { recursive: true });
  await mkdir(path.join(root, '.hidden'));
  await mkdir(at('.hosts', 'root-beside'));
  await Promise.all([
    writeFile(at('secret.txt'), 'secret'),
    writeFile(at('.hosts', 'root-beside', 'b.txt'), 'secret'),
    writeFile(path.join(root, 'a.txt'), 'inside'),
    writeFile(path.join(root, 'sub', 'index.html'), 'page'),
    writeFile(path.join(root, '.env'), 'secret'),
    writeFile(path.join(root, '.hidden', 'a.txt'), 'secret'),
    writeFile(path.join(root, 'odd %2e name.txt'), 'odd'),
  ]);
  await Promise.all([
    symlink(at('secret.txt'), path.join(root, 'out.txt')),
    symlink(folder, path.join(root, 'up')),
    symlink(path.join(root, 'a.txt'), path.join(root, 'in.txt')),
    symlink(path.join(root, '.env'), path.join(root, 'env.txt')),
    symlink(path.join(root, 'loop'), path.join(root, 'loop')),
    symlink(root, at('linked-root')),
    symlink(at('secret.txt'), path.join(root, 'sub', 'out.html')),
  ]);
  execFileSync('mkfifo', [path.join(root, 'pipe')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const serving = (of: string = root, index?: string) =>
  host.seat(
    'acme.demo',
    endpoint('GET', '/f/*rest', ({ params }) =>
      file(params.rest ?? '', { root: of, ...(index === undefined ? {} : { index }) }),
    ),
    endpoint('GET', '/given', ({ query }) => file(String(query.path), { root: of })),
  );
const given = async (name: string) => {
  const { status, text } = await host.call(`${D}/given?path=${encodeURIComponent(name)}`);
  return [status, status === 200 ? text : ''];
};

describe('below a root', () => {
  test.each([
    ['a.txt', 'inside'],
    ['/a.txt', 'inside'],
    ['./a.txt', 'inside'],
    ['sub//index.html', 'page'],
    ['in.txt', 'inside'],
    ['odd %2e name.txt', 'odd'],
  ])('%s is there', async (name, text) => {
    serving();
    expect(await given(name)).toEqual([200, text]);
  });

  test('a path that the author joined with it is there, and one that only begins like it is not', async () => {
    serving();
    expect(await given(path.join(root, 'a.txt'))).toEqual([200, 'inside']);
    expect(await given(`${root}-beside/b.txt`)).toEqual([404, '']);
    expect(await given(`${root}/../../secret.txt`)).toEqual([404, '']);
  });

  test('a root that is a link itself, or is written with a slash too many, is the folder it means', async () => {
    serving(`${at('linked-root')}//`);
    expect(await given('a.txt')).toEqual([200, 'inside']);
    expect(await given(at('linked-root', 'a.txt'))).toEqual([200, 'inside']);
    expect(await given('out.txt')).toEqual([404, '']);
  });

  test.each([
    '../../secret.txt',
    'sub/../a.txt',
    'sub/../../../secret.txt',
    '..',
    '..\\..\\secret.txt',
    'sub\\index.html',
    '%2e%2e%2f%2e%2e%2fsecret.txt',
    'a.txt\0',
    'a.txt\0.html',
    '/etc/passwd',
    'out.txt',
    'sub/out.html',
    'up/secret.txt',
    'up/.hosts/root/a.txt',
    'loop',
    '.env',
    'env.txt',
    '.hidden/a.txt',
    '.hidden/../a.txt',
    '...',
    'pipe',
    '.',
    '',
    'sub',
  ])('%j is not there', async (name) => {
    serving();
    expect(await given(name)).toEqual([404, '']);
  });

  test('a socket is not there', async () => {
    const socket = createServer().listen(path.join(root, 'socket'));
    await new Promise((resolve) => socket.once('listening', resolve));
    serving();
    expect(await given('socket')).toEqual([404, '']);
    await new Promise((resolve) => socket.close(resolve));
  });

  test.each([
    '..%2f..%2fsecret.txt',
    'sub%2f..%2f..%2f..%2fsecret.txt',
    '%2e%2e/%2e%2e/secret.txt',
    '..%5c..%5csecret.txt',
    'a.txt%00',
    '%252e%252e%252fsecret.txt',
    'up%2fsecret.txt',
  ])('an address with %s leads nowhere', async (rest) => {
    serving();
    const answer = await host.call(`${D}/f/${rest}`);
    expect([400, 404]).toContain(answer.status);
    expect(answer.text).not.toContain('"secret"');
  });

  test('an index is looked for inside it only, too', async () => {
    serving(root, 'index.html');
    expect((await host.call(`${D}/f/sub/`)).text).toBe('page');
    serving(root, 'out.html');
    expect((await host.call(`${D}/f/sub/`)).status).toBe(404);
    serving(root, '../../../secret.txt');
    expect((await host.call(`${D}/f/sub/`)).status).toBe(404);
  });

  test('nothing is there when the root is not, and the log says so', async () => {
    serving(at('gone'));
    expect(await given('a.txt')).toEqual([404, '']);
    expect(host.log).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('ENOENT') }),
    );
  });

  test('a link that is exchanged while it is asked for never leads out', async () => {
    serving();
    const name = path.join(root, 'turning.txt');
    let isDone = false;
    const turning = (async () => {
      for (let turn = 0; !isDone; turn += 1) {
        await symlink(turn % 2 === 0 ? at('secret.txt') : path.join(root, 'a.txt'), `${name}.new`);
        await rename(`${name}.new`, name);
      }
      await unlink(name);
    })();
    const seen = new Set<string>();
    for (let turn = 0; turn < 300 || (seen.size < 2 && turn < 3_000); turn += 1)
      seen.add((await given('turning.txt')).join(' '));
    isDone = true;
    await turning;
    expect([...seen].sort()).toEqual(['200 inside', '404 ']);
  });
});
