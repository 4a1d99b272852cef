// Proves that the compatibility layer can be deleted: in a copy of the working tree without it, everything that is
// not about it still compiles, and every test that could tell the difference passes: those that import a file that was
// changed, however indirectly, those that start processes, and those of the tree as a whole, but for what is `INDIFFERENT`.
// What none of these reaches runs exactly as it does with the layer. Arguments are handed to jest instead (`.` runs all); `--keep` leaves the copy.
//
// What goes:
//   src/compat/
//   outside src: files whose path names `compat` or `legacy`, examples of other dialects, and files whose first line is `// compat`
//   in src/host.ts and src/index.ts: lines that end in `// compat`
//   in the same files a line `// without compat: <code>` becomes <code>
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

// Start processes, or a host, for what the layer has no part in: what a run of these would show with it, it shows without.
const INDIFFERENT = [
  'test/scripts/', // tools of the build: nothing of src runs in them
  'test/bench/',
  'test/packaging/',
  'test/docs/links', // documents, as git lists them: the copy is no checkout
  'test/console/', // pages of the console in a browser
  'test/telemetry/',
  'test/inbox/', // stores and engines that are killed; test/cli/prove runs without the layer, too
  'test/plugins/leak',
  'test/reload-under-load',
  'test/operator/backup',
];
const OTHER_DIALECTS = /^plugins-example\/(?:ext-|event-routes|file-handlers)/;
const root = path.resolve(import.meta.dirname, '..');
const [keep, jestArguments] = [
  process.argv.includes('--keep'),
  process.argv.slice(2).filter((one) => one !== '--keep'),
];

const copy = mkdtempSync(path.join(tmpdir(), 'gatehouse-without-compat-'));
process.on('exit', () => {
  if (keep) console.log(`kept: ${copy}`);
  else rmSync(copy, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  maxBuffer: 2 ** 26,
});
const removed = [];
for (const file of new Set(listed.toString().split('\0').filter(Boolean))) {
  const from = path.join(root, file);
  if (!existsSync(from)) continue;
  if (isAboutCompat(file)) {
    removed.push(file);
    continue;
  }
  const to = path.join(copy, file);
  mkdirSync(path.dirname(to), { recursive: true });
  copyFileSync(from, to);
}
const CHANGED = ['src/host.ts', 'src/index.ts'];
for (const file of CHANGED) removeMarkedLines(path.join(copy, file));
symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
console.log(
  `without ${removed.length} files about compat:\n${removed.map((file) => `  ${file}`).join('\n')}`,
);

run('typescript/bin/tsc', '-p', 'tsconfig.json');
run('typescript/bin/tsc', '-p', 'tsconfig.check.json');
if (existsSync(path.join(copy, 'dist/main.js'))) chmodSync(path.join(copy, 'dist/main.js'), 0o755);
run('jest/bin/jest.js', ...(jestArguments.length > 0 ? jestArguments : affected()));

function affected() {
  const tests = readdirSync(path.join(copy, 'test'), { recursive: true })
    .map((name) => path.join('test', name))
    // A database server is a process, but none that runs our code.
    .filter((name) => /\.(ts|mjs)$/.test(name) && !/postgres/.test(name));
  const seeds = tests.filter(
    (name) =>
      path.dirname(name) === 'test' ||
      /node:(child_process|worker_threads)/.test(readFileSync(path.join(copy, name), 'utf8')),
  );
  return [
    '--testPathIgnorePatterns',
    '/oracles/',
    ...INDIFFERENT.map((start) => `/${start}`),
    '--findRelatedTests',
    ...CHANGED,
    ...seeds.filter((name) => !INDIFFERENT.some((start) => name.startsWith(start))),
  ];
}

function isAboutCompat(file) {
  if (file.startsWith('src/')) return file.startsWith('src/compat/');
  if (/compat|legacy/i.test(file) || OTHER_DIALECTS.test(file)) return true;
  return file.endsWith('.ts') && readFileSync(path.join(root, file), 'utf8').startsWith('// compat\n');
}

function removeMarkedLines(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const kept = lines
    .filter((line) => !/\/\/ compat\s*$/.test(line))
    .map((line) => line.replace(/^(\s*)\/\/ without compat: /, '$1'));
  if (kept.length === lines.length) {
    console.error(`${path.relative(copy, file)} has no line marked \`// compat\`: nothing would be proved.`);
    process.exit(1);
  }
  writeFileSync(file, kept.join('\n'));
}

/** Runs a bin of node_modules in the copy; ends with its exit code when it fails. */
function run(bin, ...args) {
  console.log(`> ${bin} ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules', bin), ...args], {
    cwd: copy,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
