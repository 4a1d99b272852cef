import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './process-host';

/** A plugins folder of a test's own, holding copies of the named examples that it may edit. */
export interface ExampleCopy {
  readonly folder: string;
  /** Replaces the first `from` in a file of the copy. @throws when it is not there */
  edit(file: string, from: string, to: string): void;
  remove(): void;
}

export function copyExamples(...names: readonly string[]): ExampleCopy {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-examples-'));
  for (const name of names)
    cpSync(path.join(root, 'plugins-example', name), path.join(folder, name), { recursive: true });
  return {
    folder,
    edit: (file, from, to) => {
      const text = readFileSync(path.join(folder, file), 'utf8');
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
      writeFileSync(path.join(folder, file), text.replace(from, to));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
