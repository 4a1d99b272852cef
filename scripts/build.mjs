/** Compiles src to dist and makes `npx gatehouse` run it: tsc sets no exec bit, and npm links no package to itself. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const startedAt = new Date();
// From empty: the output of a removed file would live on.
rmSync(path.join(root, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [compiler, '-p', root], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
chmodSync(path.join(root, 'dist/main.js'), 0o755);
const link = path.join(root, 'node_modules/.bin/gatehouse');
mkdirSync(path.dirname(link), { recursive: true });
rmSync(link, { force: true });
symlinkSync('../../dist/main.js', link);
// Read by the set-up. The time is the build's start: a file edited meanwhile counts as newer.
writeFileSync(path.join(root, 'dist/.built'), `${startedAt.toISOString()}\n`);
