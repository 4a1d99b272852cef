/* eslint-disable @typescript-eslint/no-require-imports -- started by plain node */
/**
 * A store in a process of its own, to be killed: `node sqlite-process.cjs <built source> <file>`. Says what was
 * acknowledged, a line for each batch: `<receipt>,… <settled job>,…`.
 */
const { writeSync } = require('node:fs');
const path = require('node:path');

const [, , built, file] = process.argv;
const { SqliteStore } = require(path.join(built, 'inbox/sqlite/sqlite-store'));
const NOTHING = { accepts: [], enqueues: [], answers: [], settles: [], extensions: [], commands: [] };

async function main() {
  const store = await SqliteStore.open({ file });
  const [taskId] = await store.taskIds([{ plugin: 'acme.ci', name: 'POST /hook', kind: 'endpoint' }]);
  writeSync(1, 'open\n');
  let held = [];
  for (let round = 0; ; round += 1) {
    const accepts = Array.from({ length: 1 + (round % 40) }, (_, index) => acceptance(taskId, round, index));
    const settles = held.map(succeeded);
    const wants = [{ taskId, most: 30 }];
    const claim = { node: 'one', leaseUntil: Date.now() + 60_000, wants };
    const result = await store.commit({ ...NOTHING, accepts, settles, claim });
    const receipts = result.accepts.map(({ receiptId }) => receiptId);
    writeSync(1, `${receipts.join(',')} ${held.map(({ id }) => id).join(',')}\n`);
    held = result.claimed;
    await new Promise(setImmediate);
  }
}

function acceptance(taskId, round, index) {
  const key = `${process.pid} ${round} ${index}`;
  const receipt = {
    token: key,
    taskId,
    receivedAt: Date.now(),
    method: 'POST',
    target: '/hook',
    meta: '{}',
    body: Buffer.alloc(index === 7 ? 400_000 : 1_000, 'x'),
    bodyDigest: key,
    ip: '127.0.0.1',
  };
  const job = { token: key, taskId, runAt: 0, priority: 0 };
  return { receipt, dedupe: { taskId, key, windowMs: 3_600_000 }, jobs: [job] };
}

function succeeded({ id, ticket }) {
  const times = { at: 2, startedAt: 1, outcome: 'succeeded', writes: [write(id)], enqueues: [] };
  return { jobId: id, ticket, next: { state: 'succeeded' }, ...times };
}
function write(id) {
  return { plugin: 'acme.ci', collection: 'done', id: String(id), expected: 0, data: '{}' };
}

void main();
