/** The compiler that packages with native code need where no binary made for this Node and system can be had. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { provideCommands } from './debian-packages.mjs';

/** What a Node older than 22 compiles, and what that takes: commands, which Debian has in packages of the same names. */
const COMPILED = 'better-sqlite3-node20';
const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
const TOOLS = ['g++', 'make', 'python3'];

/**
 * Sees to the tools that the locked packages need: installs what is missing as root on Debian, else says how.
 * @throws an error with `exitCode` when a tool is still missing
 */
export function requireBuildTools(lockFile) {
  if (!isCompiled(lockFile)) return;
  const missing = provideCommands(TOOLS);
  if (missing.length === 0) return;
  console.error(
    `${COMPILED} is compiled here, and ${missing.join(', ')} is missing. On Debian or Ubuntu install it with\n` +
      `  sudo apt-get install -y ${missing.join(' ')}\nand start again.`,
  );
  throw Object.assign(new Error(`${missing.join(', ')} is missing`), { exitCode: 1 });
}

/** npm leaves out an optional package that does not compile, and says nothing. @throws an error with `exitCode` then */
export function requireCompiled(root) {
  const folder = path.join('node_modules', COMPILED);
  if (!isCompiled(path.join(root, 'package-lock.json')) || existsSync(path.join(root, folder))) return;
  console.error(`${COMPILED} did not compile; \`npm ci --foreground-scripts\` shows why.`);
  throw Object.assign(new Error(`${folder} is missing`), { exitCode: 1 });
}

function isCompiled(lockFile) {
  const { packages = {} } = JSON.parse(readFileSync(lockFile, 'utf8'));
  return isOldNode && packages[`node_modules/${COMPILED}`] !== undefined;
}

/**
 * Where node-gyp finds the headers of the running Node: the folder it was installed in, if it has them. Undefined
 * when it has none or another version's: then node-gyp downloads them.
 */
export function headersFolder() {
  const folder = path.resolve(process.execPath, '../..');
  try {
    const text = readFileSync(path.join(folder, 'include/node/node_version.h'), 'utf8');
    const part = (name) => new RegExp(`^#define NODE_${name}_VERSION (\\d+)$`, 'm').exec(text)?.[1];
    return process.versions.node === ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.') ? folder : undefined;
  } catch {
    return undefined;
  }
}
