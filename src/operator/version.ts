import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Of this host, as its package.json has it. */
export function readVersion(): string {
  return readManifest().version;
}

/** What this host runs on. */
export function readEngines(): { readonly node: string } {
  return readManifest().engines;
}

function readManifest(): { readonly version: string; readonly engines: { readonly node: string } } {
  const manifest = readFileSync(path.join(__dirname, '../../package.json'), 'utf8');
  return JSON.parse(manifest) as ReturnType<typeof readManifest>;
}
