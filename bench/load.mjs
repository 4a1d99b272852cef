// Time and heap for loading many small TypeScript plugins, every fourth class style.
// Run: node --expose-gc bench/load.mjs [--plugins 1000] [--source dist] [--json]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createReconciler } from './plugins-part.mjs';

const { values } = parseArgs({
  options: {
    plugins: { type: 'string', default: '1000' },
    source: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') },
    json: { type: 'boolean', default: false },
  },
});
if (globalThis.gc === undefined) {
  console.error('Run it as: node --expose-gc bench/load.mjs');
  process.exit(2);
}
const count = Number(values.plugins);
const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-load-'));

const functionStyle = (module) => `import { Plugin } from 'gatehouse';
import { Router } from 'express';
export const plugin = new Plugin({ author: 'load', module: '${module}', version: '1.0.0', name: 'P', description: 'Small.' });
interface Item { id: number; name: string }
const items = new Map<number, Item>();
plugin.get('/items/:id', ({ params }) => items.get(Number(params.id)) ?? { id: 0, name: 'none' });
plugin.post('/items', (exchange) => { const item = exchange.json<Item>(); items.set(item.id, item); return item; });
plugin.mountRouter(() => { const router = Router(); router.get('/v', (_request, response) => { response.json(1); }); return router; }, { path: '/more' });
plugin.onInit(() => { plugin.logger.debug('up'); });
`;
const classStyle = (module) => `import { GatePlugin, Get, Logger } from 'gatehouse';
@GatePlugin({ author: 'load', module: '${module}', version: '1.0.0', name: 'P', description: 'Small.' })
export class Small {
  constructor(private readonly log: Logger) {}
  @Get('/v') version() { this.log.debug('asked'); return { version: 1 }; }
}
`;
for (let index = 0; index < count; index += 1) {
  const folder = path.join(root, 'plugins', `p${index}`);
  mkdirSync(folder, { recursive: true });
  const source = index % 4 === 3 ? classStyle(`p${index}`) : functionStyle(`p${index}`);
  writeFileSync(path.join(folder, 'index.ts'), source);
}

try {
  const reconciler = await createReconciler(values.source, root);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const begun = performance.now();
  await reconciler.rescan();
  const seconds = (performance.now() - begun) / 1000;
  globalThis.gc();
  const heapKb = (process.memoryUsage().heapUsed - before) / 1024 / count;
  const failed = reconciler.all().filter(({ state }) => state !== 'live');
  if (failed.length > 0) throw new Error(`${failed.length} failed; the first: ${failed[0].failure?.stack}`);
  const result = { node: process.version, plugins: count, seconds, heapKbEach: heapKb };
  console.log(
    values.json
      ? JSON.stringify(result)
      : `${count} plugins in ${seconds.toFixed(1)} s, ${heapKb.toFixed(0)} KB of heap each (Node ${process.version})`,
  );
  await reconciler.shutdown(5_000);
} finally {
  rmSync(root, { recursive: true, force: true });
}
