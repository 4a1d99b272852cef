// @ts-check
/**
 * Puts the rows of a PostgreSQL schema, which a restore left in a SQLite file of their own, into a plugin's new database.
 * @typedef {{ sql: string, values: readonly unknown[] }} Statement
 * @typedef {object} Filling
 * @property {string} file the rows; see database-waiting.ts
 * @property {string} digest of that file
 * @property {readonly Statement[]} steps the migrations that go before, and their records
 * @property {Statement} record says that the file has been put in
 * @property {readonly string[]} ours tables of the host's
 * @property {string} sequences name of the table that has PostgreSQL's sequences
 * @typedef {import('better-sqlite3').Database} Database
 */
'use strict';

/**
 * All of it or nothing. Foreign keys are looked at once, at the end; triggers do not run, since what they wrote is among the rows.
 * @param {Database} database @param {Filling} filling @param {(database: Database, statement: Statement) => unknown} run
 */
function fill(database, filling, run) {
  database.prepare('ATTACH DATABASE ? AS waiting').run(filling.file);
  database.pragma('foreign_keys = OFF');
  try {
    database.transaction(() => fillWhole(database, filling, run)).immediate();
  } finally {
    database.pragma('foreign_keys = ON');
    database.exec('DETACH DATABASE waiting');
  }
}

/** @param {Database} database @param {Filling} filling @param {(database: Database, statement: Statement) => unknown} run */
function fillWhole(database, { digest, steps, record, ours, sequences }, run) {
  if (isIn(database, digest)) return;
  const [taken] = tablesOf(database, 'main').filter((name) => !ours.includes(name));
  if (taken !== undefined) throw new Error(`the database is not empty: it has the table ${taken}`);
  for (const step of steps) run(database, step);
  const triggers = /** @type {{ name: string, sql: string }[]} */ (
    database.prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'").all()
  );
  for (const { name } of triggers) database.exec(`DROP TRIGGER main.${quoted(name)}`);
  const made = tablesOf(database, 'main');
  for (const table of tablesOf(database, 'waiting').filter((name) => !ours.includes(name)))
    fillTable(database, table, made);
  if (tablesOf(database, 'waiting').includes(sequences)) setCounters(database, sequences);
  for (const { sql } of triggers) database.exec(sql);
  const broken = /** @type {{ table: string, parent: string } | undefined} */ (
    database.prepare("SELECT * FROM pragma_foreign_key_check(NULL, 'main')").get()
  );
  if (broken !== undefined)
    throw new Error(`a row of ${broken.table} names one of ${broken.parent} that is not there`);
  run(database, record);
}

/** @param {Database} database @param {string} digest */
function isIn(database, digest) {
  return (
    database
      .prepare('SELECT 1 FROM main.gatehouse_migration WHERE number < 0 AND checksum = ?')
      .get(digest) !== undefined
  );
}

/** @param {Database} database @param {'main' | 'waiting'} schema @returns {string[]} */
function tablesOf(database, schema) {
  const all = `SELECT name FROM pragma_table_list WHERE schema = ? AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'`;
  return /** @type {{ name: string }[]} */ (database.prepare(all).all(schema)).map(({ name }) => name);
}

/** What the migrations put there is among the rows. @param {Database} database @param {string} table @param {readonly string[]} made */
function fillTable(database, table, made) {
  const target = made.find((name) => name.toLowerCase() === table.toLowerCase());
  if (target === undefined) throw new Error(`no migration has made the table ${table}`);
  const own = columnsOf(database, 'main', target);
  /** @type {string[]} */
  const names = [];
  for (const { name } of columnsOf(database, 'waiting', table)) {
    const column = own.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (column === undefined) throw new Error(`the table ${target} has no column ${name}`);
    if (!column.isGenerated) names.push(name);
  }
  database.exec(`DELETE FROM main.${quoted(target)}`);
  if (names.length === 0) return;
  const columns = names.map(quoted).join(', ');
  try {
    database.exec(
      `INSERT INTO main.${quoted(target)} (${columns}) SELECT ${columns} FROM waiting.${quoted(table)}`,
    );
  } catch (error) {
    throw new Error(`${target}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}

/** @param {Database} database @param {'main' | 'waiting'} schema @param {string} table */
function columnsOf(database, schema, table) {
  const found = /** @type {{ name: string, hidden: number, pk: number }[]} */ (
    database.pragma(`${schema}.table_xinfo(${quoted(table)})`)
  );
  // 1 is a column of a search table that is none.
  return found
    .filter(({ hidden }) => hidden !== 1)
    .map(({ name, hidden, pk }) => ({ name, pk, isGenerated: hidden > 1 }));
}

/** AUTOINCREMENT goes on where the column's sequence was. @param {Database} database @param {string} sequences */
function setCounters(database, sequences) {
  if (database.prepare("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'").get() === undefined)
    return;
  const made = tablesOf(database, 'main');
  const owned = `SELECT "table" AS "table", "column" AS "column", last FROM waiting.${quoted(sequences)} WHERE "table" IS NOT NULL AND called = 1`;
  for (const { table, column, last } of /** @type {{ table: string, column: string, last: bigint }[]} */ (
    database.prepare(owned).safeIntegers(true).all()
  )) {
    const target = made.find((name) => name.toLowerCase() === table.toLowerCase());
    if (target === undefined) continue;
    const key = columnsOf(database, 'main', target).filter(({ pk }) => pk > 0);
    if (key.length !== 1 || key[0]?.name.toLowerCase() !== column.toLowerCase()) continue;
    const before = database
      .prepare('SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?')
      .pluck()
      .get(target);
    database.prepare('DELETE FROM main.sqlite_sequence WHERE name = ?').run(target);
    const seq = BigInt(/** @type {number | null} */ (before) ?? 0);
    database
      .prepare('INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)')
      .run(target, last > seq ? last : seq);
  }
}

/** @param {string} name */
function quoted(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

module.exports = { fill };
