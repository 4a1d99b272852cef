// The long proof: 200 kills under 500 deliveries a second, a host on SQLite, then three on one PostgreSQL with fsync on.
// Run: npm run bench:prove [-- --kills 200 --rate 500 --json FILE]. Exits with 1 when one of them does not hold.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PostgresServer } from '../test/support/postgres-server.mjs';

const require = createRequire(import.meta.url);
const main = path.resolve(import.meta.dirname, '../dist/main.js');
const { createProve } = require('../dist/inbox/prove/prove.js');
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    rate: { type: 'string', default: '500' },
    json: { type: 'string' },
  },
});
const prove = createProve([process.execPath, main], process.env);
const load = { kills: Number(values.kills), rate: Number(values.rate) };
const postgres = new PostgresServer({ fsync: true });
const tell = (name) => (kills) => process.stderr.write(`\r${name}: ${kills} of ${load.kills} kills`);

const reports = {};
reports['SQLite, 1 host'] = await prove({ ...load, store: 'sqlite', hosts: 1 }, tell('SQLite'));
try {
  const databaseUrl = await postgres.start();
  reports['PostgreSQL, 3 hosts'] = await prove(
    { ...load, store: 'postgres', hosts: 3, databaseUrl },
    tell('\nPostgreSQL'),
  );
} finally {
  await postgres.remove();
}
process.stderr.write('\n');
console.log(`Node ${process.version}, ${load.rate} deliveries/s`);
for (const [name, report] of Object.entries(reports)) console.log(name, report);
if (values.json)
  writeFileSync(
    values.json,
    `${JSON.stringify({ node: process.version, ...load, reports }, undefined, 2)}\n`,
  );
process.exit(Object.values(reports).every(({ held }) => held) ? 0 : 1);
