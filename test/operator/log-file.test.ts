import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import winston from 'winston';
import { addLogFile, type LogFile } from '../../src/operator/log-file';
import { createAccessLog } from '../../src/http/access-log';
import { startGateway } from '../http/gateway-under-test';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-log-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function logged(more: { fileBytes?: number; files?: number; file?: string } = {}) {
  const output = new PassThrough();
  const written: string[] = [];
  output.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const logger = winston.createLogger({
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream: output })],
  });
  const file = path.join(folder, 'deep', 'host.log');
  const settings = { level: 'info', access: true, file, fileBytes: 1024 ** 2, files: 5, ...more } as const;
  const logFile = addLogFile(logger, settings, output) as LogFile;
  return { logger, file, logFile, output, shown: () => written.join('') };
}
const linesIn = (file: string) => readFileSync(file, 'utf8').split('\n').filter(Boolean);

test('lines of the log and of requests stand in the file as on standard output', async () => {
  const { logger, file, logFile, shown } = logged();
  const accessLog = createAccessLog(logFile.stream, { flushMs: 1 });
  const host = await startGateway({ accessLog });
  logger.info('begun');
  await host.call('/healthz');
  await host.close();
  await accessLog.close();
  await logFile.close();
  const lines = linesIn(file).map((line) => JSON.parse(line) as { message: string; path?: string });
  expect(lines.map(({ message }) => message).sort()).toEqual(['begun', 'request']);
  expect(lines.find(({ message }) => message === 'request')?.path).toBe('/healthz');
  expect(shown().split('\n').filter(Boolean).sort()).toEqual(linesIn(file).sort());
  expect(statSync(file).mode & 0o007).toBe(0);
});

test('a new file is begun when one is full, and the last ones are kept', async () => {
  const { logger, file, logFile } = logged({ fileBytes: 2_000, files: 3 });
  for (let n = 0; n < 200; n += 1) {
    logger.info(`line ${n} ${'x'.repeat(80)}`);
    // As they come, not all in one turn.
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await logFile.close();
  const files = readdirSync(path.dirname(file));
  expect(files.length).toBeLessThanOrEqual(3);
  expect(files.length).toBeGreaterThan(1);
  expect(files).toContain('host.log');
  const kept = files.flatMap((name) => linesIn(path.join(path.dirname(file), name)));
  expect(kept.some((line) => line.includes('line 199 '))).toBe(true);
  expect(kept.some((line) => line.includes('line 0 '))).toBe(false);
});

test('without a setting there is no file', () => {
  const logger = winston.createLogger({ silent: true });
  const settings = { level: 'info', access: true, file: undefined, fileBytes: 1, files: 1 } as const;
  expect(addLogFile(logger, settings, new PassThrough())).toBeUndefined();
});
