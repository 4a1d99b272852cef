import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pluginFolder } from '../support/plugin-folder';
import { startProcessHost, type ProcessHost } from '../support/process-host';

const EVENTS = 10_000;
const LISTENERS = 3;
const PATIENCE_MS = 90_000;

const emitter = `
import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'emitter', name: 'Emitter', version: '1.0.0', description: '' });
plugin.post('/emit', async ({ query }) => {
  const [from, to] = [Number(query.from), Number(query.to)];
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  // The key makes it safe to ask again after a crash.
  await Promise.all(numbers.map((n) => plugin.events.emit('build.done', { n }, { key: String(n) })));
  return { emitted: numbers.length };
});
`;
const listener = `
import { Plugin } from 'gatehouse';
export const plugin = new Plugin({ author: 'acme', module: 'listener', name: 'Listener', version: '1.0.0', description: '' });
for (const name of ['first', 'second', 'third'])
  plugin.onEvent('build.*', { name, concurrency: 64 }, async (event, job) => {
    // Refused when it is there already: an event handled twice would show as a dead letter.
    await job.store.create(name, { id: String(event.data.n) });
  });
plugin.get('/handled', async () => {
  const counts = {};
  for (const name of ['first', 'second', 'third']) {
    let count = 0;
    for (let after = ''; ; ) {
      const page = await plugin.store.list(name, { limit: 1000, after });
      count += page.length;
      if (page.length < 1000) break;
      after = page.at(-1).id;
    }
    counts[name] = count;
  }
  return counts;
});
`;

let host: ProcessHost | undefined;
const data = mkdtempSync(path.join(tmpdir(), 'gatehouse-events-'));
afterAll(async () => {
  await host?.stop();
  rmSync(data, { recursive: true, force: true });
});

const counts = async (base: string): Promise<Record<string, number>> =>
  (await (await fetch(`${base}/api/plugin/acme.listener/handled`)).json()) as Record<string, number>;

test(`${EVENTS} events and ${LISTENERS} listeners: each is handled once in the store's eyes, through a kill of the host`, async () => {
  const plugins = [pluginFolder({ 'emitter/index.ts': emitter, 'listener/index.ts': listener })];
  const env = { GATEHOUSE_DATA: data, GATEHOUSE_INBOX_LEASE_MS: '1s', GATEHOUSE_LOG_ACCESS: 'false' };
  const emit = async (from: number, to: number) => {
    const path = `api/plugin/acme.emitter/emit?from=${from}&to=${to}`;
    return (await fetch(`${host?.base}/${path}`, { method: 'POST' })).json();
  };
  const kill = async () => {
    host?.signal('SIGKILL');
    await sleep(200);
    await host?.stop();
  };
  host = await startProcessHost({ plugins, env });
  expect(await emit(0, EVENTS / 2)).toEqual({ emitted: EVENTS / 2 });
  // In the midst of the other half, of which some may be stored and some not.
  const cut = emit(EVENTS / 2, EVENTS).catch(() => 'cut');
  await sleep(150);
  await kill();
  expect(await cut).toBe('cut');

  host = await startProcessHost({ plugins, env });
  // All of them again, as whoever was cut off does: what is stored is known by its key.
  expect(await emit(0, EVENTS)).toEqual({ emitted: EVENTS });
  await kill();

  host = await startProcessHost({ plugins, env });
  const { base, operator } = host;
  const until = Date.now() + PATIENCE_MS;
  let handled = await counts(base);
  while (Object.values(handled).some((count) => count < EVENTS) && Date.now() < until) {
    await sleep(250);
    handled = await counts(base);
  }
  expect(handled).toEqual({ first: EVENTS, second: EVENTS, third: EVENTS });
  const { body } = await operator('GET', 'inbox/jobs?states=dead,later,poisoned&limit=5');
  expect(body).toMatchObject({ items: [] });
}, 180_000);
