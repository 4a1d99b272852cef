import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildSource } from '../support/built-source';

const program = path.resolve(__dirname, '../support/faulty-process.mjs');
const LONG_MS = 600_000;

/** Each endpoint of `acme.bad` answers, and then something goes wrong that has no frame of it. */
const BAD = `import fs from 'node:fs';
import net from 'node:net';
import nodeTimers from 'node:timers';
import { setImmediate as turn } from 'node:timers/promises';
import { Router } from 'express';
import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'bad', version: '1.0.0', name: 'x', description: 'x' });
const raise = (): never => { throw undefined; };
const FAULTS: Record<string, () => unknown> = {
  reject: () => void Promise.reject(undefined),
  'late-reject': () => void turn().then(() => turn()).then(raise),
  timer: () => void setTimeout(raise, 5),
  immediate: () => void setImmediate(raise),
  microtask: () => queueMicrotask(raise),
  'async-timer': () => void setTimeout(async () => { await turn(); raise(); }, 5),
  interval: () => { let left = 2; const timer = setInterval(() => { if (--left === 0) clearInterval(timer); raise(); }, 5); },
  'node-timer': () => void nodeTimers.setTimeout(raise, 5),
  'after-good': () => {
    const timer = nodeTimers.setInterval(() => { if (Reflect.has(globalThis, 'good')) { clearInterval(timer); raise(); } }, 1);
  },
  tick: () => process.nextTick(raise),
  socket: () => void net.connect({ path: '/nothing/listens/here' }),
  file: () => fs.readFile('/nothing/is/here', raise),
  stream: () => void fs.createReadStream('/nothing/is/here'),
  listener: () => { const abort = new AbortController(); abort.signal.addEventListener('abort', raise); abort.abort(); },
};
for (const [name, fault] of Object.entries(FAULTS)) plugin.get(\`/\${name}\`, () => { fault(); return name; });
plugin.get('/background', ({ background }) => background(async () => { await turn(); FAULTS.reject?.(); }));
plugin.mountRouter(() => Router().get('/', (_request, response) => { response.send('x'); FAULTS.reject?.(); }), { path: '/router' });
`;
const plain = (module: string, body = '') => `import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: '${module}', version: '1.0.0', name: 'x', description: 'x' });
plugin.get('/', () => { Reflect.set(globalThis, '${module}', true); return 'fine'; });
${body}`;

interface Step {
  readonly lines: readonly { message: string; plugin?: string }[];
  readonly failures: Readonly<Record<string, { code: string; message: string }>>;
}
let built: Awaited<ReturnType<typeof buildSource>>;
/** Yards: of one plugin that fails when asked to, and of several that fail as they start and end. */
let asked: string;
let hooks: string;
beforeAll(async () => {
  built = await buildSource();
  asked = await yardOf({ bad: BAD, good: plain('good') });
  hooks = await yardOf({
    good: plain('good'),
    import: plain('import', 'void Promise.reject(undefined);'),
    hook: plain('hook', 'plugin.onInit(() => void Promise.reject(undefined));'),
    cleanup: plain('cleanup', 'plugin.onCleanup(() => void Promise.reject(undefined));'),
  });
});
afterAll(async () => {
  await built.remove();
  for (const root of [asked, hooks]) await rm(root, { recursive: true });
});

async function yardOf(plugins: Readonly<Record<string, string>>): Promise<string> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'gatehouse-nameless-')));
  for (const [name, text] of Object.entries(plugins)) {
    await mkdir(path.join(root, 'plugins', name), { recursive: true });
    await writeFile(path.join(root, 'plugins', name, 'index.ts'), text);
  }
  return root;
}

/** What the guard said after each step, in a process of its own that must outlive them all. */
async function run(steps: readonly object[], root = asked, armedMs = LONG_MS): Promise<Step[]> {
  const args = [program, built.folder, root, String(armedMs), JSON.stringify(steps)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { seen, status } = JSON.parse(stdout);
  expect(status).toBe(200);
  return seen;
}
const bad = (name: string) => ({ get: `acme.bad/${name}` });
const of = (step: Step | undefined, key = 'acme.bad') => step?.failures[key]?.code;
const said = (step: Step | undefined) => step?.lines.map(({ plugin, message }) => `${plugin}: ${message}`);

describe('an error nothing caught and whose stack names nobody', () => {
  test('is first laid to the plugin entered last, as a suspicion, and then named for certain', async () => {
    const [first, second] = await run([bad('reject'), bad('reject')]);
    expect(said(first)).toEqual([
      expect.stringMatching(
        /^acme\.bad: an unhandled rejection: Most likely acme\.bad, the last plugin entered/,
      ),
    ]);
    expect(first?.failures['acme.bad']).toMatchObject({
      code: 'plugin/suspected',
      message: expect.stringContaining('the next one like it is named for certain'),
    });
    expect(said(second)).toEqual([
      expect.stringMatching(
        /^acme\.bad: an unhandled rejection: Plugin acme\.bad raised an error that nothing caught/,
      ),
    ]);
    expect(of(second)).toBe('plugin/fault');
    expect(second?.failures['acme.good']).toBeUndefined();
  });

  test('is named for certain afterwards, wherever it began', async () => {
    const names = ['late-reject', 'node-timer', 'tick', 'socket', 'file', 'stream', 'listener'];
    const [, ...steps] = await run(['reject', ...names, 'background', 'router'].map(bad));
    for (const step of steps)
      expect(said(step)).toEqual([expect.stringMatching(/^acme\.bad: an u.*: Plugin acme\.bad raised/)]);
  });

  test('is named for certain in imports and hooks too', async () => {
    const keys = ['acme.import', 'acme.hook', 'acme.cleanup'];
    const armed = { get: 'acme.good/', faults: 0 }; // by what they did when the host started
    const [, ...steps] = await run([armed, ...keys.map((key) => ({ reload: key }))], hooks);
    expect(steps.map((step) => step.lines.map(({ plugin }) => plugin))).toEqual(keys.map((key) => [key]));
    for (const step of steps) expect(said(step)?.[0]).toContain('raised an error that nothing caught');
  });

  test('may be laid to the wrong plugin once, and not again', async () => {
    // The timer is Node's own, set before the guard is armed, and waits until `acme.good` was entered.
    const [, wrong, right] = await run([
      { get: 'acme.bad/after-good', faults: 0 },
      { get: 'acme.good/' },
      bad('late-reject'),
    ]);
    expect([of(wrong), of(wrong, 'acme.good')]).toEqual([undefined, 'plugin/suspected']);
    expect([of(right), of(right, 'acme.good')]).toEqual(['plugin/fault', 'plugin/suspected']);
  });

  test('never replaces what is certain by a suspicion', async () => {
    const [, suspected] = await run([bad('timer'), bad('reject')]);
    expect(said(suspected)?.[0]).toContain('Most likely acme.bad');
    expect(of(suspected)).toBe('plugin/fault');
  });

  test('is a suspicion again once the guard no longer looks', async () => {
    const [first, , third] = await run([bad('reject'), { waitMs: 300, faults: 0 }, bad('reject')], asked, 20);
    expect([of(first), of(third)]).toEqual(['plugin/suspected', 'plugin/suspected']);
  });
});

describe('what a timer of a plugin throws', () => {
  test.each(['timer', 'immediate', 'microtask', 'async-timer'])(
    'by %s is named for certain at once, undefined too, and told once',
    async (name) => {
      const [step] = await run([bad(name)]);
      expect(said(step)).toEqual([expect.stringMatching(/^acme\.bad: an u.*: Plugin acme\.bad raised/)]);
      expect(of(step)).toBe('plugin/fault');
    },
  );

  test('does not end an interval', async () => {
    const [step] = await run([{ ...bad('interval'), faults: 2 }]);
    expect(said(step)).toEqual(
      Array(2).fill(expect.stringMatching(/^acme\.bad: .* Plugin acme\.bad raised/)),
    );
  });
});
