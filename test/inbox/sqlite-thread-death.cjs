/* eslint-disable @typescript-eslint/no-require-imports -- started by plain node */
/** Ends the thread that reads in the midst of a query: `node sqlite-thread-death.cjs <built source> <file>`. */
const path = require('node:path');

const [, , built, file] = process.argv;
const { SqliteStore } = require(path.join(built, 'inbox/sqlite/sqlite-store'));

async function main() {
  const threads = [];
  process.on('worker', (thread) => threads.push(thread));
  const store = await SqliteStore.open({ file });
  const count = async () => (await store.reader.selectFrom('receipt').select('id').execute()).length;
  const before = await count();
  const failing = count();
  await threads[0].terminate();
  const failure = await failing.catch(({ code }) => code);
  const after = await count();
  await store.close();
  console.log(JSON.stringify({ before, failure, after, threads: threads.length }));
}

void main();
