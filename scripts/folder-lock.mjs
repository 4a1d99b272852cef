/**
 * A lock that several processes contend for and that the death of its owner does not leave taken. It is a folder with
 * one file, whose name says who owns it: `<pid>-<random>`. Node built-ins only.
 *
 *   free → owned        a folder with the owner's file in it is renamed to the lock: it replaces nothing but an empty one
 *   owned → owned       of a dead process: its file is renamed to the new owner's, which only the first to try can do
 *   owned → free        the owner removes its file, then the folder, unless that has a new owner already
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does `work` while no other process holds the lock. `onWait` is called once when another does.
 * @throws an error with `code: 'ELOCKED'` when it was not free within `waitMs`
 */
export async function withLock(folder, work, { waitMs, retryMs = 200, onWait = () => undefined }) {
  const owner = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const deadline = Date.now() + waitMs;
  for (let waited = false; !take(folder, owner) && !takeOver(folder, owner); waited = true) {
    if (Date.now() > deadline) throw Object.assign(new Error(`${folder} is locked`), { code: 'ELOCKED' });
    if (!waited) onWait();
    await sleep(retryMs);
  }
  const release = () => {
    rmSync(path.join(folder, owner), { force: true });
    ifNot(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () => rmdirSync(folder));
  };
  const stops = { SIGINT: 130, SIGTERM: 143 };
  const handlers = Object.entries(stops).map(([signal, code]) => [
    signal,
    () => (release(), process.exit(code)),
  ]);
  for (const [signal, handler] of handlers) process.once(signal, handler);
  try {
    return await work();
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    release();
  }
}

function take(folder, owner) {
  if (ownersIn(folder).length > 0) return false;
  const prepared = `${folder}.${owner}`;
  mkdirSync(prepared);
  writeFileSync(path.join(prepared, owner), '');
  const taken = ifNot(['ENOTEMPTY', 'EEXIST'], () => renameSync(prepared, folder));
  if (!taken) rmSync(prepared, { recursive: true, force: true });
  return taken;
}

function takeOver(folder, owner) {
  const owners = ownersIn(folder);
  const [current] = owners;
  if (current === undefined || owners.some((name) => isRunning(Number.parseInt(name, 10)))) return false;
  return ifNot(['ENOENT'], () => renameSync(path.join(folder, current), path.join(folder, owner)));
}

function ownersIn(folder) {
  let names = [];
  ifNot(['ENOENT'], () => (names = readdirSync(folder)));
  return names;
}

function isRunning(pid) {
  // Nobody's name: whoever left it there, no process of ours does.
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/** True when `act` did not fail; false when it failed with one of the codes. */
function ifNot(codes, act) {
  try {
    act();
    return true;
  } catch (error) {
    if (codes.includes(error.code)) return false;
    throw error;
  }
}
