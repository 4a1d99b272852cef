import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../../core/errors';

/**
 * Requires every link in `tree` to lead to something in it: npm and the host write here, and would write where a link leads.
 * @throws install/bad-source
 */
export async function requireOwnLinks(tree: string, source: string): Promise<void> {
  const root = await realpath(tree);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const place = path.join(entry.parentPath, entry.name);
    const target = await realpath(place).catch(() => undefined);
    if (target === root || target?.startsWith(root + path.sep) === true) continue;
    const why = target === undefined ? 'leads nowhere' : 'leads out of it';
    throw new HostError('install/bad-source', [
      source,
      `its ${path.relative(root, place)} is a link that ${why}`,
    ]);
  }
}
