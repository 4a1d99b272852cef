// @ts-check
/**
 * The thread that reads: one read-only connection, one query at a time. Plain JavaScript, so that the same file is
 * started from the sources and from what is built of them.
 * @typedef {{ id: number, sql: string, parameters: readonly unknown[] }} Question
 */
/* eslint-disable @typescript-eslint/no-require-imports -- CommonJS, as it says */
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const Database = require('./driver.cjs');

const BUSY_MS = 2_000;
const KEPT_STATEMENTS = 200;
/** More is a query that forgot its limit: it fails before it fills the memory of the host. */
const MOST_ROWS = 100_000;
if (parentPort === null) throw new Error('this file is started as a thread');
const port = parentPort;
/** @type {import('better-sqlite3').Database | undefined} Opened by the first question, which is told when that fails. */
let database;
/** @type {Map<string, import('better-sqlite3').Statement>} */
const prepared = new Map();

port.on('message', (/** @type {Question | 'close'} */ message) => {
  if (message === 'close') {
    database?.close();
    port.close();
    return;
  }
  try {
    port.postMessage({ id: message.id, rows: answer(message) });
  } catch (error) {
    const { message: text, code, name } = /** @type {Error & { code?: string }} */ (error);
    port.postMessage({ id: message.id, error: { message: text, code, name } });
  }
});

/** @param {Question} question */
function answer({ sql, parameters }) {
  database ??= new Database(workerData.file, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
  let statement = prepared.get(sql);
  if (statement === undefined) {
    if (prepared.size >= KEPT_STATEMENTS) prepared.clear();
    statement = database.prepare(sql);
    prepared.set(sql, statement);
  }
  const values = parameters.map((value) => (isBytes(value) ? bufferOver(value) : value));
  if (!statement.reader) {
    statement.run(...values); // the beginning of a snapshot
    return [];
  }
  const rows = [];
  for (const row of statement.iterate(...values)) {
    if (rows.length === MOST_ROWS) throw new RangeError(`the answer has more than ${MOST_ROWS} rows`);
    rows.push(row);
  }
  return rows;
}

/** @param {Uint8Array} bytes */
function bufferOver({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** @param {unknown} value @returns {value is Uint8Array} */
function isBytes(value) {
  return ArrayBuffer.isView(value);
}
