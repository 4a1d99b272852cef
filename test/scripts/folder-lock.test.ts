import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const script = pathToFileURL(path.resolve(__dirname, '../../scripts/folder-lock.mjs')).href;
let root: string;
const inside = (name: string) => path.join(root, name);
beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), 'gatehouse-lock-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs a module with `withLock`, `lock` (its path), `note(line)` and `fs` in a process of its own. */
function run(body: string): Promise<number | string | null> {
  const prelude = `import fs from 'node:fs';
    import { withLock } from ${JSON.stringify(script)};
    const lock = ${JSON.stringify(inside('lock'))};
    const note = (line) => fs.appendFileSync(${JSON.stringify(inside('log'))}, line + '\\n');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', prelude + body], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
}
const log = () => readFileSync(inside('log'), 'utf8').trim().split('\n');

test('of many processes that take it again and again, some of which die with it, no two ever hold it', async () => {
  const worker = (mortal: boolean) => `
    for (let turn = 0; turn < 30; turn += 1)
      await withLock(lock, async () => {
        note('in ' + process.pid);
        await new Promise((done) => setTimeout(done, Math.random() * 2));
        if (${mortal} && turn === 3) process.kill(process.pid, 'SIGKILL');
        note('out ' + process.pid);
      }, { waitMs: 60_000, retryMs: 1 });`;
  const ends = await Promise.all(Array.from({ length: 10 }, (_, index) => run(worker(index % 2 === 0))));
  expect(ends.sort()).toEqual([0, 0, 0, 0, 0, ...Array<string>(5).fill('SIGKILL')]);
  const lines = log();
  const overlaps = lines.filter((line, index) => {
    const [what, pid] = line.split(' ');
    // Who died with the lock never speaks again; anybody else lets it go before the next takes it.
    return what === 'in' && lines.slice(index + 1).some((later) => later.endsWith(` ${pid ?? ''}`))
      ? lines[index + 1] !== `out ${pid ?? ''}`
      : false;
  });
  expect(overlaps).toEqual([]);
  expect(lines.filter((line) => line.startsWith('out'))).toHaveLength(5 * 30 + 5 * 3);
  expect(readdirSync(root)).toEqual(['log']);
});

test('whoever decided to take over from a dead owner too late takes nothing', async () => {
  mkdirSync(inside('lock'));
  writeFileSync(inside('lock/999999999-dead'), '');
  // Between the look at the dead owner and the takeover, a whole turn of another process.
  const late = `
    const { renameSync } = fs;
    let isFirst = true;
    fs.renameSync = (from, to) => {
      if (isFirst) {
        isFirst = false;
        note('late');
        const until = Date.now() + 60_000;
        while (!fs.readFileSync(${JSON.stringify(inside('log'))}, 'utf8').includes('early') && Date.now() < until);
      }
      renameSync(from, to);
    };
    (await import('node:module')).syncBuiltinESMExports();
    await withLock(lock, () => note('late works'), { waitMs: 60_000, retryMs: 5 });`;
  const early = `
    while (!fs.existsSync(${JSON.stringify(inside('log'))})) await new Promise((done) => setTimeout(done, 5));
    await withLock(lock, async () => {
      note('early works');
      await new Promise((done) => setTimeout(done, 100));
      note('early is done');
    }, { waitMs: 60_000, retryMs: 5 });`;
  expect(await Promise.all([run(late), run(early)])).toEqual([0, 0]);
  expect(log()).toEqual(['late', 'early works', 'early is done', 'late works']);
});

test('one that waits longer than it wants is told so, and leaves the lock alone', async () => {
  mkdirSync(inside('lock'));
  writeFileSync(inside(`lock/${process.pid}-alive`), '');
  const waiting = `
    await withLock(lock, () => note('worked'), { waitMs: 20, retryMs: 5, onWait: () => note('waits') })
      .catch((error) => note(error.code));`;
  expect(await run(waiting)).toBe(0);
  expect(log()).toEqual(['waits', 'ELOCKED']);
  expect(readdirSync(inside('lock'))).toEqual([`${process.pid}-alive`]);
});

test.each(['SIGINT', 'SIGTERM'])('%s lets it go', async (signal) => {
  const stopped = `
    await withLock(lock, async () => {
      process.kill(process.pid, '${signal}');
      await new Promise((done) => setTimeout(done, 60_000));
    }, { waitMs: 1_000 });`;
  expect(await run(stopped)).toBe(signal === 'SIGINT' ? 130 : 143);
  expect(readdirSync(root)).toEqual([]);
});
