import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { clearLocalSocket, localSocketPath } from '../../src/operator/local-socket';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gh-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const longData = () => path.join(folder, 'd'.repeat(100));

describe('the path', () => {
  test('is in the data folder', () => {
    expect(localSocketPath('/srv/data')).toBe('/srv/data/operator.sock');
  });

  test('is counted in bytes, and short and stable where the data folder is deep', () => {
    const deep = `/srv/${'ä'.repeat(45)}`;
    const made = localSocketPath(deep, '/tmp');
    expect(made).toMatch(new RegExp(`^/tmp/gatehouse-${userInfo().uid}/[0-9a-f]{24}\\.sock$`));
    expect(localSocketPath(deep, '/tmp')).toBe(made);
    expect(localSocketPath(`${deep}x`, '/tmp')).not.toBe(made);
  });
});

describe('clearing', () => {
  test('makes the folder', async () => {
    const socket = localSocketPath(path.join(folder, 'data'));
    await clearLocalSocket(socket);
    expect(statSync(path.dirname(socket)).isDirectory()).toBe(true);
  });

  test('removes the socket of a host that was killed', async () => {
    const socket = path.join(folder, 'operator.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(clearLocalSocket(socket)).rejects.toMatchObject({ code: 'host/already-running' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(socket)).toBe(true);
    await clearLocalSocket(socket);
    expect(existsSync(socket)).toBe(false);
  });

  test('leaves a host that answers alone', async () => {
    const socket = path.join(folder, 'operator.sock');
    const server = net.createServer().listen(socket);
    await once(server, 'listening');
    await expect(clearLocalSocket(socket)).rejects.toMatchObject({ code: 'host/already-running' });
    expect(existsSync(socket)).toBe(true);
    server.close();
  });

  test('never removes what is not a socket', async () => {
    const socket = path.join(folder, 'operator.sock');
    writeFileSync(socket, 'precious');
    await expect(clearLocalSocket(socket)).rejects.toMatchObject({ code: 'host/unsafe-folder' });
    expect(existsSync(socket)).toBe(true);
  });

  test('makes the folder under the temporary folder for its owner alone', async () => {
    const socket = localSocketPath(longData(), folder);
    await clearLocalSocket(socket);
    expect(statSync(path.dirname(socket)).mode & 0o777).toBe(0o700);
    await expect(clearLocalSocket(socket)).resolves.toBeUndefined();
  });

  test('refuses a folder there that others may enter', async () => {
    const socket = localSocketPath(longData(), folder);
    mkdirSync(path.dirname(socket));
    chmodSync(path.dirname(socket), 0o755);
    await expect(clearLocalSocket(socket)).rejects.toMatchObject({ code: 'host/unsafe-folder' });
  });

  test('refuses a link in its place', async () => {
    const socket = localSocketPath(longData(), folder);
    mkdirSync(path.join(folder, 'elsewhere'), { mode: 0o700 });
    symlinkSync(path.join(folder, 'elsewhere'), path.dirname(socket));
    await expect(clearLocalSocket(socket)).rejects.toMatchObject({ code: 'host/unsafe-folder' });
  });
});
