import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { satisfies, validRange } from 'semver';
import { HostError } from '../../core/errors';
import { parsePluginKey, type PluginKey } from '../../core/plugin-key';
import { readVersion } from '../version';

/** What is read of a plugin's package.json before anything is changed for it. */
export interface PluginManifest {
  /** Undefined in a plugin that has no package.json, or names nothing in it. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly key: PluginKey | undefined;
  readonly isPlugin: boolean;
  /** Something is to be installed for it. */
  readonly hasDependencies: boolean;
}

/**
 * Reads the package.json of `folder`; a plugin may do without. @throws install/not-a-plugin for one that is not JSON,
 * install/unfit-version where its `engines.gatehouse` does not take this version
 */
export async function readPluginManifest(folder: string, source: string): Promise<PluginManifest> {
  const text = await readFile(path.join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const parsed = parseObject(text);
  if (parsed === undefined)
    throw new HostError('install/not-a-plugin', [source, 'its package.json is no JSON object']);
  requireFit(source, parsed);
  const { author, module } = objectIn(parsed, 'gatehouse');
  const keywords = parsed['keywords'];
  return {
    name: textIn(parsed, 'name'),
    version: textIn(parsed, 'version'),
    key: parsePluginKey(`${String(author)}.${String(module)}`),
    isPlugin: Array.isArray(keywords) && keywords.includes('gatehouse-plugin'),
    hasDependencies: Object.keys(objectIn(parsed, 'dependencies')).length > 0,
  };
}

/** A range nobody can read is refused, too: it may have meant another version than this one. */
function requireFit(source: string, manifest: Readonly<Record<string, unknown>>): void {
  const range = objectIn(manifest, 'engines')['gatehouse'];
  if (range === undefined) return;
  const version = readVersion();
  const isFit =
    typeof range === 'string' &&
    validRange(range) !== null &&
    satisfies(version, range, { includePrerelease: true });
  if (!isFit) throw new HostError('install/unfit-version', [source, String(range), version]);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function objectIn(
  holder: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = holder[name];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textIn(holder: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = holder[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
