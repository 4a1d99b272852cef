// Latency of signed deliveries, sent at a steady rate over 64 raw connections whatever comes back: what waits for a free
// connection is measured from when it was due. argv: base URL, path, rate, seconds. Prints JSON.
import { createHmac, randomBytes } from 'node:crypto';
import net from 'node:net';
import { SECRET } from './plugin.mjs';
import { pushBody } from './push.mjs';

const [base, path, rate, seconds] = process.argv.slice(2);
const { hostname, port } = new URL(base);
const CONNECTIONS = 64;
const ID_LENGTH = 16;
const body = pushBody();
const signature = createHmac('sha256', SECRET).update(body).digest('hex');
const run = randomBytes(4).toString('hex');
const head = (id) =>
  `POST ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
  `X-GitHub-Event: push\r\nX-GitHub-Delivery: ${id}\r\nX-Hub-Signature-256: sha256=${signature}\r\n\r\n`;
const [before, after] = head('*'.repeat(ID_LENGTH)).split('*'.repeat(ID_LENGTH));
const tail = after + body.toString('latin1');

const latencies = [];
const waiting = [];
const free = [];
let [sent, failed, open] = [0, 0, 0];

function send(socket, due) {
  socket.due = due;
  sent += 1;
  socket.write(before + run + String(sent).padStart(ID_LENGTH - run.length, '0') + tail, 'latin1');
}

function connect() {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => resolve(socket));
    socket.setNoDelay(true);
    socket.on('error', reject);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      if (text.slice(9, 12) !== '202') failed += 1;
      text = '';
      latencies.push(performance.now() - socket.due);
      open -= 1;
      const next = waiting.shift();
      if (next === undefined) free.push(socket);
      else send(socket, next);
    });
  });
}

free.push(...(await Promise.all(Array.from({ length: CONNECTIONS }, connect))));
const startedAt = performance.now();
const endAt = startedAt + Number(seconds) * 1000;
let made = 0;
function tick() {
  const now = performance.now();
  const due = ((Math.min(now, endAt) - startedAt) / 1000) * Number(rate);
  for (; made <= due; made += 1) {
    const at = startedAt + (made / Number(rate)) * 1000;
    const socket = free.pop();
    open += 1;
    if (socket === undefined) waiting.push(at);
    else send(socket, at);
  }
  if (now < endAt) setImmediate(tick);
  else if (open > 0 && now < endAt + 5_000) setTimeout(tick, 10);
  else finish();
}
function finish() {
  const sorted = latencies.sort((a, b) => a - b);
  const at = (fraction) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
  console.log(
    JSON.stringify({
      rate: Number(rate),
      count: sorted.length,
      failed,
      unanswered: open,
      p50: at(0.5),
      p99: at(0.99),
    }),
  );
  process.exit(0);
}
tick();
