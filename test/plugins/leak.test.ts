import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildSource } from '../support/built-source';

interface Sample {
  readonly reloads: number;
  readonly heapKb: number;
}
const soak = path.resolve(__dirname, '../../bench/reload-soak.mjs');

/** Least squares: what the heap gains per reload, in KB. */
function slope(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(samples.map(({ reloads }) => reloads));
  const y = mean(samples.map(({ heapKb }) => heapKb));
  const rise = samples.reduce((sum, { reloads, heapKb }) => sum + (reloads - x) * (heapKb - y), 0);
  return rise / samples.reduce((sum, { reloads }) => sum + (reloads - x) ** 2, 0);
}

test('the slope is what it says', () => {
  expect(slope([1, 2, 3].map((n) => ({ reloads: n * 10, heapKb: 5 + n * 120 })))).toBeCloseTo(12);
});

test('over the last 300 of 500 reloads of a 100 KB plugin the heap gains less than 12 KB each', async () => {
  const built = await buildSource();
  try {
    const args = [
      '--expose-gc',
      soak,
      '--reloads',
      '500',
      '--every',
      '10',
      '--json',
      '--strings',
      'new',
      '--source',
      built.folder,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const samples = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Sample);
    expect(samples.at(-1)?.reloads).toBe(500);
    expect(slope(samples.filter(({ reloads }) => reloads > 200))).toBeLessThan(12);
  } finally {
    await built.remove();
  }
}, 180_000);
