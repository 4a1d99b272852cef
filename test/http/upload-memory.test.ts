import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buildSource } from '../support/built-source';
import { TYPE } from './form-under-test';

const MIB = 2 ** 20;
const CHUNK = Buffer.alloc(65_536, 'gatehouse ');
const UPLOAD_BYTES = 100 * MIB;
const MOST_GROWTH_BYTES = 40 * MIB;

let build: Awaited<ReturnType<typeof buildSource>>;
let folder: string;
let child: ChildProcess;
let port: number;
beforeAll(async () => {
  build = await buildSource();
}, 60_000);
afterAll(() => build.remove());
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'upload-memory-'));
  child = fork(path.join(__dirname, 'upload-process.mjs'), [build.folder, folder], {
    env: { ...process.env, TMPDIR: folder },
    execArgv: [],
  });
  port = ((await once(child, 'message'))[0] as { port: number }).port;
});
afterEach(async () => {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
  rmSync(folder, { recursive: true });
});

const memory = async (): Promise<{ now: number; highest: number }> => {
  child.send('memory');
  return (await once(child, 'message'))[0] as { now: number; highest: number };
};

/** Sends a file of `bytes`; answers what the endpoint says. */
function upload(to: string, bytes: number): Promise<string> {
  const head = `--B\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n`;
  function* pieces() {
    yield Buffer.from(head);
    for (let sent = 0; sent < bytes; sent += CHUNK.length) yield CHUNK.subarray(0, bytes - sent);
    yield Buffer.from('\r\n--B--\r\n');
  }
  return new Promise((resolve, reject) => {
    const options = {
      port,
      method: 'POST',
      path: `/api/plugin/acme.demo/${to}`,
      headers: { 'content-type': TYPE },
    };
    const request = http.request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    });
    request.on('error', reject);
    Readable.from(pieces()).pipe(request);
  });
}

test.each([
  ['spooled to a file', 'spooled', `200 ${UPLOAD_BYTES}`],
  ['written to disk part by part', 'disk', '200 "kept"'],
  ['counted as it comes', 'counted', `200 ${UPLOAD_BYTES}`],
])(
  'a file of 100 MB that is %s makes the host grow by less than 40 MB',
  async (_name, to, answer) => {
    // A host at work: what it has touched of its heap by then is no growth.
    for (let round = 0; round < 10; round += 1) await upload(to, MIB);
    const before = await memory();
    for (let round = 0; round < 3; round += 1) expect(await upload(to, UPLOAD_BYTES)).toBe(answer);
    const { highest } = await memory();
    expect(highest - before.now).toBeLessThan(MOST_GROWTH_BYTES);
    if (to === 'disk') expect(statSync(path.join(folder, 'f')).size).toBe(UPLOAD_BYTES);
  },
  60_000,
);
