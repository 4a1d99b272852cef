// What the inbox benchmark runs: servers on core 0, loads on core 1, databases beside the loads.
import { execFile, execFileSync, fork, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SECRET } from './plugin.mjs';
import { pushBody } from './push.mjs';

const run = promisify(execFile);
const here = import.meta.dirname;
const TOKEN = 'operator-token-of-the-benchmark';
export const CONNECTIONS = 64;

export const freshFolder = () => mkdtempSync(path.join(tmpdir(), 'gatehouse-bench-inbox-'));

function pin(pid, core) {
  execFileSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' });
}

/** One server of server.mjs on core 0; `folder` is its data, removed at the end unless it was given. */
export async function startServer(variant, { store = '', folder } = {}) {
  const own = folder ?? freshFolder();
  const child = fork(path.join(here, 'server.mjs'), [variant, own, store], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  pin(child.pid, 0);
  const next = () =>
    new Promise((resolve, reject) => {
      const exited = (code) => reject(new Error(`${variant} exited with ${code}`));
      child.once('exit', exited);
      child.once('message', (message) => {
        child.off('exit', exited);
        resolve(message);
      });
    });
  const ask = (message) => {
    const answer = next();
    child.send(message);
    return answer;
  };
  const { ready } = await next();
  pin(child.pid, 0);
  return {
    ...ready,
    ask,
    usage: () => ask('usage'),
    operator: (method, verb, body) => operator(ready.base, method, verb, body),
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      if (folder === undefined) rmSync(own, { recursive: true, force: true });
    },
  };
}

async function operator(base, method, verb, body) {
  const response = await fetch(`${base}/api/operator/${verb}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${verb}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Requests answered with 202 in so many seconds, each a delivery of its own id. */
export async function load({ base, path: target }, seconds) {
  const folder = freshFolder();
  const script = path.join(folder, 'push.lua');
  writeFileSync(script, lua(new URL(base).host, target));
  try {
    const args = [
      '-c',
      '1',
      'wrk',
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '--latency',
      '--timeout',
      '30s',
      '-s',
      script,
    ];
    const { stdout } = await run('taskset', [...args, `${base}${target}`]);
    const count = Number(/(\d+) requests in/.exec(stdout)?.[1]);
    if (!count || /Non-2xx|Socket errors/.test(stdout))
      throw new Error(`a load run failed on ${target}:\n${stdout}`);
    return { count, p99: /99%\s+([\d.]+\w+)/.exec(stdout)?.[1] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lua(host, target) {
  const body = pushBody();
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  return `local head = "POST ${target} HTTP/1.1\\r\\nHost: ${host}\\r\\nContent-Type: application/json\\r\\nContent-Length: ${body.length}\\r\\nX-GitHub-Event: push\\r\\nX-Hub-Signature-256: sha256=${signature}\\r\\nX-GitHub-Delivery: ${randomBytes(6).toString('hex')}-"
local tail = "\\r\\n\\r\\n" .. [[${body.toString()}]]
local count = 0
request = function()
  count = count + 1
  return head .. string.format("%010d", count) .. tail
end
`;
}

/** Latency at a steady rate, from a generator on core 1. */
export async function openLoop({ base, path: target }, rate, seconds) {
  const script = path.join(here, 'open-loop.mjs');
  const args = ['-c', '1', process.execPath, script, base, target, String(Math.round(rate)), String(seconds)];
  const { stdout } = await run('taskset', args);
  return JSON.parse(stdout);
}

/** Milliseconds until 8 KiB at the end of a file are on the disk, the middle of 500 times: no acknowledgment is sooner. */
export function flushMs() {
  const folder = freshFolder();
  const file = openSync(path.join(folder, 'flushed'), 'w');
  const bytes = Buffer.alloc(8_192, 1);
  const took = Array.from({ length: 500 }, (_, index) => {
    writeSync(file, bytes, 0, bytes.length, index * bytes.length);
    const startedAt = performance.now();
    fdatasyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return took.sort((a, b) => a - b)[250];
}

/** A Redis of our own that writes its log ahead; undefined, said aloud, where there is none. */
export async function startRedis(appendfsync) {
  const folder = freshFolder();
  const port = await freePort();
  const settings = ['--appendonly', 'yes', '--appendfsync', appendfsync, '--save', '', '--dir', folder];
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', ...settings], {
    stdio: 'ignore',
  });
  const isMissing = await new Promise((resolve) => {
    child.once('error', () => resolve(true));
    child.once('spawn', () => resolve(false));
  });
  if (isMissing) {
    console.error('not run: BullMQ, there is no redis-server (apt-get install -y redis-server)');
    return undefined;
  }
  pin(child.pid, 1);
  while (!(await reachable(port))) await sleep(50);
  return {
    port,
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      // A child of its own may be rewriting the log for a moment longer.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function reachable(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
