// Memory kept per reload: one plugin of about 100 KB, decorated classes included, rewritten and reloaded again and
// again through the real loader and reconciler. Prints heap and RSS after forced collection.
// Run: node --expose-gc bench/reload-soak.mjs [--reloads 10000] [--every 500] [--strings same|new] [--source dist] [--json]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createReconciler } from './plugins-part.mjs';

const { values } = parseArgs({
  options: {
    reloads: { type: 'string', default: '10000' },
    every: { type: 'string', default: '500' },
    source: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') },
    strings: { type: 'string', default: 'same' },
    json: { type: 'boolean', default: false },
  },
});
if (globalThis.gc === undefined) {
  console.error('Run it as: node --expose-gc bench/reload-soak.mjs');
  process.exit(2);
}
const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-soak-'));
const folder = path.join(root, 'plugins');
mkdirSync(path.join(folder, 'big'), { recursive: true });

/**
 * About 100 KB; every function differs each time. With `--strings new` so does every string literal: swc, which
 * compiles files with decorators, interns each string it ever saw outside the heap and never lets go of one.
 */
function sourceOf(version) {
  const word = values.strings === 'new' ? `v${version}` : 'words';
  const ballast = Array.from(
    { length: 900 },
    (_, index) =>
      `export function rule${index}(value: number): string { return value > ${version + index} ? '${word}-over-${index}' : '${word}-under-${index}'; }`,
  );
  return `import { GatePlugin, Get, OnInit, Logger } from 'gatehouse';
import { injectable } from 'tsyringe';
${ballast.join('\n')}
@injectable()
class Store { readonly rows = new Map<string, number>(); }
@GatePlugin({ author: 'soak', module: 'big', version: '1.0.${version}', name: 'Big', description: 'A plugin of about 100 KB.' })
export class Big {
  constructor(private readonly store: Store, private readonly log: Logger) {}
  @OnInit() start() { this.store.rows.set('version', ${version}); this.log.debug(rule0(${version})); }
  @Get('/version') version() { return { version: ${version}, rules: [${ballast.map((_, i) => `rule${i}`).join(', ')}].length }; }
}
`;
}
const write = (version) => writeFileSync(path.join(folder, 'big', 'index.ts'), sourceOf(version));

const reconciler = await createReconciler(values.source, root);

async function measure(reloads) {
  for (let round = 0; round < 4; round += 1) {
    await setImmediate();
    globalThis.gc();
  }
  const { heapUsed, rss, external } = process.memoryUsage();
  const sample = { reloads, heapKb: heapUsed / 1024, rssMb: rss / 2 ** 20, externalKb: external / 1024 };
  if (values.json) console.log(JSON.stringify(sample));
  else
    console.log(
      `${String(reloads).padStart(6)} reloads  heap ${(sample.heapKb / 1024).toFixed(2)} MB  rss ${sample.rssMb.toFixed(0)} MB  ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    );
}

const begun = performance.now();
try {
  write(0);
  await reconciler.rescan();
  for (let version = 1; version <= Number(values.reloads); version += 1) {
    write(version);
    const plugin = reconciler.find('soak.big');
    await plugin.want('live');
    if (plugin.failure !== undefined || plugin.live?.mount.info.version !== `1.0.${version}`)
      throw new Error(`reload ${version}: ${plugin.failure?.stack ?? 'an old version serves'}`);
    if (version % Number(values.every) === 0) await measure(version);
  }
  await reconciler.shutdown(5_000);
} finally {
  rmSync(root, { recursive: true, force: true });
}
