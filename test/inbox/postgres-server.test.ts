import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createTestDatabase, openPostgres } from '../support/postgres';

const supervisor = path.resolve(__dirname, '../support/postgres-supervisor.mjs');
/** Spawns a supervisor, starts its server, says where, and waits to be killed. */
const OWNER = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, [${JSON.stringify(supervisor)}], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.once('data', async (port) => {
    const answer = await fetch('http://127.0.0.1:' + Number(port) + '/start', { method: 'POST' });
    console.log(JSON.stringify({ url: await answer.text(), supervisor: child.pid }));
  });
  setInterval(() => {}, 1000);
`;

test('a database of its own, on a real server that is at least PostgreSQL 14', async () => {
  const [one, other] = [await createTestDatabase(), await createTestDatabase()];
  try {
    expect(one.url).not.toBe(other.url);
    const client = new Client({ connectionString: one.url });
    await client.connect();
    const { rows } = await client.query('SHOW server_version_num');
    expect(Number(rows[0].server_version_num)).toBeGreaterThanOrEqual(140_000);
    await client.end();
  } finally {
    await Promise.all([one.drop(), other.drop()]);
  }
});

test('a server of its own can be stopped and started, and keeps its data', async () => {
  const server = await openPostgres();
  try {
    const url = await server.start();
    await query(url, 'CREATE TABLE kept (n int)');
    await server.stop();
    await expect(query(url, 'SELECT 1')).rejects.toThrow();
    expect(await server.start()).toBe(url);
    expect(await query(url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }]);
    await server.kill();
    await server.start();
    expect(await query(url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }]);
  } finally {
    await server.close();
  }
});

test('nothing of it is left when the process that asked for it is killed', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-owner-'));
  const script = path.join(folder, 'owner.cjs');
  writeFileSync(script, OWNER);
  const owner = spawn(process.execPath, [script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: tmpdir() },
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const said = JSON.parse(line.toString()) as { url: string; supervisor: number };
  const [{ data_directory: data }] = await query(said.url, 'SHOW data_directory');
  expect(existsSync(data)).toBe(true);
  owner.kill('SIGKILL');
  for (let waited = 0; isAlive(said.supervisor) && waited < 10_000; waited += 50) await sleep(50);
  expect(isAlive(said.supervisor)).toBe(false);
  expect(existsSync(data)).toBe(false);
  expect(readdirSync(tmpdir())).not.toContain(path.basename(path.dirname(data)));
  await expect(query(said.url, 'SELECT 1')).rejects.toThrow();
  rmSync(folder, { recursive: true });
});

test('a supervisor without anyone behind it starts nothing', () => {
  const printed = execFileSync(process.execPath, [supervisor], { input: '', encoding: 'utf8' });
  expect(Number(printed)).toBeGreaterThan(0);
});

async function query(url: string, text: string): Promise<any[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
