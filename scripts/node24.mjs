/**
 * Runs `npm test` on Node 24 in a copy of the working tree: the npm package `node` ships the binary. A copy, because
 * installed packages are made for one Node, and `node` among our own dependencies would stand first on every PATH.
 * `--keep` leaves the copy.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const keep = process.argv.includes('--keep');
const copy = mkdtempSync(path.join(tmpdir(), 'gatehouse-node24-'));

process.on('exit', () => {
  if (keep) console.log(`kept: ${copy}`);
  else rmSync(copy, { recursive: true, force: true });
});
// With a listener the signal ends the child first and this script after it, so that the copy is removed.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

copyTree();
const nodeFolder = installNode();
const env = {
  ...withoutNpm(process.env),
  PATH: `${path.join(nodeFolder, 'bin')}${path.delimiter}${process.env.PATH}`,
  // Native modules are compiled in the copy, with the headers of this Node: the system's are another's.
  npm_config_nodedir: nodeFolder,
};
console.log(`Node ${execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim()} in ${copy}`);
const { status } = spawnSync('npm', ['test'], {
  cwd: copy,
  env,
  stdio: 'inherit',
});
process.exit(status ?? 1);

/** What git knows or would add; a repository of its own, since the tests ask git what belongs to the tree. */
function copyTree() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  for (const file of new Set(listed.toString().split('\0').filter(Boolean))) {
    if (!existsSync(path.join(root, file))) continue;
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(copy, file));
  }
  execFileSync('git', ['init', '-q'], { cwd: copy });
  execFileSync('git', ['add', '-A'], { cwd: copy });
}

/** The folder of the new `node`, its bin and headers. Outside the copy's own node_modules, which `npm ci` empties. */
function installNode() {
  const folder = path.join(copy, 'data', 'node24');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const install = ['install', '--no-audit', '--no-fund', '--no-package-lock', 'node@24'];
  execFileSync('npm', install, { cwd: folder, env: withoutNpm(process.env), stdio: 'inherit' });
  // The package for this system, which the package `node` fetches into itself.
  const builds = path.join(folder, 'node_modules', 'node', 'node_modules');
  const build = readdirSync(builds).find((name) =>
    existsSync(path.join(builds, name, 'include/node/node.h')),
  );
  if (build === undefined) throw new Error(`no Node with headers was installed in ${builds}`);
  return path.join(builds, build);
}

/** The outer npm's variables describe the outer project. */
function withoutNpm(env) {
  const inner = Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_/i.test(name)));
  delete inner.NODE_ENV;
  return inner;
}
