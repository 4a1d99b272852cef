// @ts-check
/**
 * The process of one plugin's SQLite file: one connection, one request at a time. A process and no thread, since a query in
 * its midst cannot be interrupted: a process can be killed, a thread would outlive its deadline and keep the host from ending.
 * Plain JavaScript, so that the same file is started from the sources and from what is built of them.
 * @typedef {{ sql: string, values: readonly unknown[] }} Statement
 * @typedef {import('./sqlite-filling.cjs').Filling} Filling
 * @typedef {{ id: number, statements: readonly Statement[], filling?: Filling }} Request several statements are one transaction; a
 *   filling is another, after them
 * @typedef {{ rows: Record<string, unknown>[], count: number }} Answer of the last statement
 */
/* eslint-disable @typescript-eslint/no-require-imports -- CommonJS, as it says */
'use strict';
const { closeSync, constants, openSync } = require('node:fs');
const { isMainThread, Worker, workerData } = require('node:worker_threads');

const BUSY_MS = 5_000;
const WATCH_MS = 1_000;
/** More is a query that forgot its limit: it fails before it fills the memory of the host. */
const MOST_ROWS = 100_000;
const MOST_BYTES = 64 * 1024 ** 2;

if (isMainThread) serve();
else watch();

function serve() {
  const [, , file = ''] = process.argv;
  /** @type {import('better-sqlite3').Database | undefined} Opened by the first request, which is told when that fails. */
  let database;
  new Worker(__filename, { workerData: process.ppid }).unref();
  process.on('disconnect', () => {
    database?.close();
    process.exit(0);
  });
  process.on('message', (/** @type {Request} */ { id, statements, filling }) => {
    let reply;
    try {
      database ??= open(file);
      reply = { id, answer: runAll(database, statements) };
      // Once in the life of a database: no process starts slower for it.
      if (filling !== undefined) require('./sqlite-filling.cjs').fill(database, filling, run);
    } catch (error) {
      const { message, code } = /** @type {Error & { code?: string }} */ (error);
      reply = { id, error: { message, code } };
    }
    process.send?.(reply);
  });
}

/** Ends this process when the host is gone while a query runs, which hears of nothing. */
function watch() {
  setInterval(() => {
    if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
  }, WATCH_MS);
}

/** @param {string} file readable by its owner only; SQLite gives its log and index files the same mode */
function open(file) {
  const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  closeSync(openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600));
  const Database = require('./driver.cjs');
  const database = new Database(file, { timeout: BUSY_MS, fileMustExist: true });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  return database;
}

/** @param {import('better-sqlite3').Database} database @param {readonly Statement[]} statements @returns {Answer} */
function runAll(database, statements) {
  const [only] = statements;
  if (statements.length === 1 && only !== undefined) return run(database, only);
  let answer = /** @type {Answer} */ ({ rows: [], count: 0 });
  const whole = database.transaction(() => {
    for (const statement of statements) answer = run(database, statement);
  });
  whole.immediate();
  return answer;
}

/** @param {import('better-sqlite3').Database} database @param {Statement} statement @returns {Answer} */
function run(database, { sql, values }) {
  const statement = database.prepare(sql).safeIntegers(true);
  const given = values.length === 0 ? [] : [named(values)];
  if (!statement.reader) return { rows: [], count: statement.run(...given).changes };
  const read = () => readRows(statement, given);
  // One that writes and gives too many rows has written nothing.
  const rows = statement.readonly ? read() : database.transaction(read)();
  return { rows, count: rows.length };
}

/** @param {import('better-sqlite3').Statement} statement @param {unknown[]} given */
function readRows(statement, given) {
  const rows = [];
  let bytes = 0;
  for (const row of statement.iterate(...given)) {
    const plain = /** @type {Record<string, unknown>} */ (row);
    for (const [name, value] of Object.entries(plain)) {
      if (typeof value === 'bigint') plain[name] = whole(value);
      else if (typeof value === 'string' || Buffer.isBuffer(value)) bytes += value.length;
    }
    rows.push(plain);
    if (rows.length > MOST_ROWS) throw new RangeError(`the answer has more than ${MOST_ROWS} rows`);
    if (bytes > MOST_BYTES) throw new RangeError(`the answer has more than ${MOST_BYTES} bytes`);
  }
  return rows;
}

/** @param {bigint} value */
function whole(value) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** `$1` is the first. @param {readonly unknown[]} values */
function named(values) {
  return Object.fromEntries(values.map((value, index) => [String(index + 1), value]));
}
