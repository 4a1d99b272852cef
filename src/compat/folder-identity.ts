import path from 'node:path';
import type { PluginSource } from '../core/dialect';
import { HostError } from '../core/errors';
import { isKeyPart } from '../core/plugin-key';

/** Who a plugin is that does not say it itself: its folder does. */
export interface FolderIdentity {
  /** The folder's own name (of a file without its ending, of a package without its scope), as addresses have it. */
  readonly id: string;
  /** As its package.json names one: `gatehouse.author`, else `author`; else the dialect's own. */
  readonly author: string;
  /** The id, with `-` as `_`. */
  readonly module: string;
}

/** The same where the code is not known; its module need not be what a key may have. */
export function likelyIdentity(source: Omit<PluginSource, 'module'>, standardAuthor: string): FolderIdentity {
  const name = source.id ?? path.basename(source.folder);
  const id = (name.split('/').at(-1) ?? name).replace(/\.[tj]s$/, '');
  const author = authorIn(source.manifest) ?? standardAuthor;
  return { id, author, module: id.replaceAll('-', '_') };
}

/** @throws plugin/invalid-info when the name of the folder cannot be a part of a key */
export function folderIdentity(source: PluginSource, standardAuthor: string): FolderIdentity {
  const identity = likelyIdentity(source, standardAuthor);
  if (!isKeyPart(identity.module))
    throw new HostError('plugin/invalid-info', [
      `its folder is its name, and "${identity.id}" is not a letter or _ followed by letters, digits, _ or -; rename the folder`,
    ]);
  return identity;
}

function authorIn({ gatehouse, author }: PluginSource['manifest']): string | undefined {
  const said = [(Object(gatehouse) as { author?: unknown }).author, nameOf(author)];
  return said.find((one): one is string => typeof one === 'string' && isKeyPart(one));
}

/** `Jane Doe <jane@example.org>` or an object, as package.json has people: `Jane_Doe`. */
function nameOf(person: unknown): string | undefined {
  const name = typeof person === 'string' ? person : (Object(person) as { name?: unknown }).name;
  if (typeof name !== 'string') return undefined;
  return name
    .slice(0, 200)
    .split(/[<(]/, 1)[0]
    ?.trim()
    .replace(/[^A-Za-z0-9_]+/g, '_');
}
