import { readFile } from 'node:fs/promises';
import { HOST_KEY } from '../core/host-key';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';

/**
 * The likely key of a plugin whose code cannot tell: package.json's `gatehouse: { author, module }`, else literal
 * `author:` and `module:` strings in the entry. Undefined when neither says, and for the host's own key,
 * which is no plugin's. Never rejects.
 */
export async function guessKey(
  entryFile: string | undefined,
  manifest: object,
): Promise<PluginKey | undefined> {
  const section = (manifest as { gatehouse?: unknown }).gatehouse;
  const declared =
    typeof section === 'object' && section !== null ? (section as Record<string, unknown>) : {};
  return keyOf(declared['author'], declared['module']) ?? (await keyInSource(entryFile));
}

async function keyInSource(entryFile: string | undefined): Promise<PluginKey | undefined> {
  if (entryFile === undefined) return undefined;
  const text = await readFile(entryFile, 'utf8').catch(() => '');
  const start = text.search(/\bnew\s+Plugin\b|@GatePlugin\b/);
  const described = start < 0 ? text : text.slice(start);
  return keyOf(literal(described, 'author'), literal(described, 'module'));
}

/** The first `name: 'value'` with a value that may be part of a key. */
function literal(text: string, name: 'author' | 'module'): string | undefined {
  return new RegExp(`\\b${name}['"]?\\s{0,20}:\\s{0,20}(['"\`])([A-Za-z_]\\w*)\\1`).exec(text)?.[2];
}

function keyOf(author: unknown, module: unknown): PluginKey | undefined {
  if (typeof author !== 'string' || typeof module !== 'string') return undefined;
  const key = parsePluginKey(`${author}.${module}`);
  return key === HOST_KEY ? undefined : key;
}
