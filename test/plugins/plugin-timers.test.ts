import { once } from 'node:events';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { actorNamed, lastEntered } from '../../src/core/actor';
import { createPluginTimers } from '../../src/plugins/plugin-timers';
import { loadFiles } from './authoring';

const actor = actorNamed('acme.clock');
const [after, every, soon, micro] = createPluginTimers(actor);

describe('the timers of a plugin are as Node has them:', () => {
  test('they hand out its own Timeout and Immediate, which its own clear functions end', async () => {
    const fired: string[] = [];
    const timeout = after(() => fired.push('timeout'), 1);
    const interval = every(() => fired.push('interval'), 1);
    const immediate = soon(() => fired.push('immediate'));
    expect(timeout.constructor).toBe(timers.setTimeout(() => undefined, 0).constructor);
    expect([timeout.hasRef(), timeout.unref().hasRef(), timeout.ref().hasRef()]).toEqual([true, false, true]);
    expect([typeof timeout.refresh, typeof timeout.close]).toEqual(['function', 'function']);
    clearTimeout(Number(timeout)); // by its primitive
    clearInterval(interval);
    clearImmediate(immediate);
    await timersPromises.setTimeout(20);
    expect(fired).toEqual([]);
  });

  test('callbacks get their arguments, the timer as `this`, and run again after refresh()', async () => {
    const calls: unknown[][] = [];
    const timeout = after(
      function (this: unknown, ...args: unknown[]) {
        calls.push([this, ...args]);
        if (calls.length === 1) timeout.refresh();
      },
      1,
      'a',
      'b',
      'c',
      'd',
      'e',
    );
    while (calls.length < 2) await timersPromises.setTimeout(1);
    expect(calls).toEqual(Array(2).fill([timeout, 'a', 'b', 'c', 'd', 'e']));
    const args = await new Promise((resolve) => soon((...given: unknown[]) => resolve(given), 1, 2));
    expect(args).toEqual([1, 2]);
  });

  test('they promisify to those of node:timers/promises', async () => {
    expect([promisify(after), promisify(soon)]).toEqual([
      timersPromises.setTimeout,
      timersPromises.setImmediate,
    ]);
    expect(await promisify(after)(1, 'value')).toBe('value');
  });

  test('what is no function is refused as Node does', () => {
    for (const start of [after, every, soon, micro])
      expect(() => start('code' as any)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  });

  test('they go by their names', () => {
    expect([after, every, soon, micro].map(({ name, length }) => [name, length])).toEqual(
      [timers.setTimeout, timers.setInterval, timers.setImmediate, queueMicrotask].map(({ name, length }) => [
        name,
        length,
      ]),
    );
  });
});

test('each callback is an entry of its plugin', async () => {
  for (const start of [after, soon, micro] as ((run: () => void) => unknown)[])
    expect(await new Promise((resolve) => start(() => resolve(lastEntered())))).toBe(actor);
});

test('a plugin has them in all its files, and Node’s own by import and globalThis', async () => {
  const { exports } = await loadFiles({
    'index.ts': `import { mine as other } from './other.cjs';
import timers from 'node:timers';
export const names = [setTimeout, setInterval, setImmediate, queueMicrotask];
export const shared = other === setTimeout;
export const own = [timers.setTimeout, globalThis.setTimeout].map((start) => start === setTimeout);
export const abort = new AbortController();
setTimeout(() => abort.abort(), 1);`,
    'other.cjs': `exports.mine = setTimeout;`,
  });
  expect(exports).toMatchObject({ shared: true, own: [false, false] });
  expect((exports['names'] as { name: string }[]).map(({ name }) => name)).toEqual([
    'setTimeout',
    'setInterval',
    'setImmediate',
    'queueMicrotask',
  ]);
  const { signal } = exports['abort'] as AbortController;
  if (!signal.aborted) await once(signal, 'abort');
});
