// Large uploads, one after the other, over one machine's loopback: MB/s and how much the host grows, for each way to take
// them, beside Express with multer in the same run.
// Run: npm run build && node bench/uploads.mjs [--megabytes 100] [--uploads 5] [--json FILE]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '100' },
    uploads: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
const MIB = 2 ** 20;
const BYTES = Number(options.megabytes) * MIB;
const UPLOADS = Number(options.uploads);
const WARM_UPS = 10;
const CHUNK = Buffer.alloc(65_536, 'gatehouse ');
const root = path.resolve(import.meta.dirname, '..');
const host = path.join(root, 'test/http/upload-process.mjs');
const plain = path.join(import.meta.dirname, 'uploads/express-multer.mjs');
const D = '/api/plugin/acme.demo';

const measured = {};
const rounds = [
  ['Express and multer', plain, '/spooled'],
  ['spooled to files', host, `${D}/spooled`],
  ['parts to disk', host, `${D}/disk`],
  ['parts counted', host, `${D}/counted`],
];
for (const [name, server, to] of rounds) measured[name] = await measure(server, to);
for (const [name, { megabytesPerSecond, cpuMsPerUpload, growthMegabytes }] of Object.entries(measured))
  console.log(
    `${name.padEnd(20)}${megabytesPerSecond.toFixed(0).padStart(6)} MB/s   ${cpuMsPerUpload.toFixed(0).padStart(5)} ms of processor each   grew by ${growthMegabytes.toFixed(1).padStart(5)} MB`,
  );
if (options.json !== undefined)
  writeFileSync(
    options.json,
    `${JSON.stringify({ megabytes: BYTES / MIB, uploads: UPLOADS, measured }, undefined, 2)}\n`,
  );

async function measure(server, to) {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-bench-uploads-'));
  const args = server === host ? [path.join(root, 'dist'), folder] : [folder];
  const child = fork(server, args, { env: { ...process.env, TMPDIR: folder } });
  try {
    const [{ port }] = await once(child, 'message');
    for (let round = 0; round < WARM_UPS; round += 1) await upload(port, to, MIB);
    const before = await memory(child);
    const startedAt = performance.now();
    for (let round = 0; round < UPLOADS; round += 1) await upload(port, to, BYTES);
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = await memory(child);
    return {
      megabytesPerSecond: (UPLOADS * BYTES) / MIB / seconds,
      cpuMsPerUpload: (after.cpuUs - before.cpuUs) / 1_000 / UPLOADS,
      growthMegabytes: (after.highest - before.now) / MIB,
    };
  } finally {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
    rmSync(folder, { recursive: true });
  }
}

async function memory(child) {
  child.send('memory');
  const [answer] = await once(child, 'message');
  return answer;
}

function upload(port, to, bytes) {
  function* pieces() {
    yield Buffer.from('--B\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n');
    for (let sent = 0; sent < bytes; sent += CHUNK.length) yield CHUNK.subarray(0, bytes - sent);
    yield Buffer.from('\r\n--B--\r\n');
  }
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=B' };
    const request = http.request({ port, path: to, method: 'POST', headers }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${to} answered ${response.statusCode}`));
      });
    });
    request.on('error', reject);
    Readable.from(pieces()).pipe(request);
  });
}
