import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express from 'express';
import type { BackupDesk, StoreBackup } from '../../src/core/ports/backup';
import { HostError, isHostError } from '../../src/core/errors';
import { createBackupDesk } from '../../src/operator/backup/write-backup';
import { backupOperations } from '../../src/operator/operations/backup-operations';
import type { OperationCall } from '../../src/operator/operation';
import { run } from '../cli/command-line';

/** Rows without end would be more than memory holds; these are as many as asked for. */
const storeOf = (rows: number, breaksAt = Infinity): StoreBackup => ({
  head: { at: 1, all: false, store: 'sqlite', schema: 4, proof: undefined },
  async *sections() {
    const read = async function* () {
      for (let number = 0; number < rows; number += 1) {
        if (number === breaksAt) throw new HostError('inbox/unavailable', []);
        yield [number, `text ${number}`, Buffer.from([number % 256])];
      }
    };
    yield { part: 'store', name: 'job', columns: ['id', 'payload', 'bytes'], facts: {}, rows: read() };
  },
  close: async () => void (closed += 1),
});
let closed = 0;
let asked: boolean[] = [];
let backups: BackupDesk;
let server: Server;
let url: string;
const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-backup-client-'));

beforeAll(async () => {
  const app = express();
  const [operation] = backupOperations;
  app.get(`/api/operator${operation?.path}`, (request, response, next) => {
    if (request.get('authorization') !== 'Bearer good') return void response.status(401).end();
    const call = { operator: { backups }, query: request.query } as unknown as OperationCall;
    operation?.serve?.(call, request, response).catch((error: unknown) => {
      if (response.headersSent) return;
      if (!isHostError(error)) return next(error);
      response.status(error.status).json({ code: error.code, detail: error.message });
    });
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  closed = 0;
  asked = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});
const offer = (store: StoreBackup) =>
  (backups = createBackupDesk({
    openStore: async ({ all }) => {
      asked.push(all);
      return store;
    },
    parts: [],
  }));
const backUp = (...more: string[]) =>
  run(['backup', '--url', url, '--token', 'good', '--json', ...more], { cwd: folder });

test('a backup comes through HTTP as it is written, and is counted after it was read again', async () => {
  offer(storeOf(50_000));
  const { exitCode, out } = await backUp('--all', '--out', 'whole.gz');
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ file: path.join(folder, 'whole.gz'), rows: { job: 50_000 } });
  expect(asked).toEqual([true]);
  expect(closed).toBe(1);
});

test('without a name it is called by the time', async () => {
  offer(storeOf(1));
  const { out } = await backUp();
  expect(path.basename(JSON.parse(out).file)).toMatch(/^gatehouse-backup-\d{8}-\d{6}\.jsonl\.gz$/);
});

test('one that breaks half-way leaves no file and what was there before, and lets the store go', async () => {
  offer(storeOf(200_000, 150_000));
  const before = readdirSync(folder);
  const { exitCode } = await backUp('--out', 'whole.gz');
  expect(exitCode).toBe(1);
  expect(readdirSync(folder)).toEqual(before);
  expect(closed).toBe(1);
});

test('what cannot begin is told with its code, and a wrong token is', async () => {
  backups = createBackupDesk({
    openStore: () => Promise.reject(new HostError('inbox/unavailable', [])),
    parts: [],
  });
  expect(JSON.parse((await backUp('--out', 'none.gz')).out)).toMatchObject({
    error: { code: 'inbox/unavailable' },
  });
  const refused = await run(['backup', '--url', url, '--token', 'bad', '--json'], { cwd: folder });
  expect(JSON.parse(refused.out)).toMatchObject({ error: { code: 'operator/token-refused' } });
});
