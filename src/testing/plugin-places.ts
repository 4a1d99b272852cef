import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Whether a folder is a plugin itself, rather than a folder of plugins. */
export type IsPlugin = (folder: string) => Promise<boolean>;

/**
 * Folders of plugins for a host, made of what a test names: a folder of plugins is one already, a plugin's own folder or
 * file is linked into a folder of its own below `scratch`. Names start at the working folder.
 */
export async function pluginFolders(
  given: string | readonly string[],
  scratch: string,
  isPlugin: IsPlugin,
): Promise<string[]> {
  const places = typeof given === 'string' ? [given] : given;
  return Promise.all(
    places.map(async (name, index) => {
      const place = path.resolve(name);
      const found = await stat(place).catch(() => undefined);
      const isFolder = found?.isDirectory() !== false;
      if (isFolder && !(found !== undefined && (await isPlugin(place)))) return place;
      const parent = path.join(scratch, `plugins-${index}`);
      await mkdir(parent, { recursive: true });
      // A junction needs no rights on Windows; elsewhere the kind is ignored.
      await symlink(place, path.join(parent, path.basename(place)), isFolder ? 'junction' : 'file');
      return parent;
    }),
  );
}

/** The name under which a host's plugin that was handed over as an object is found. */
export const GIVEN_PLUGIN = 'gatehouse/given-plugin';

/** A folder of one plugin: the object that the host's module `gatehouse/given-plugin` holds. */
export async function givenPluginFolder(scratch: string): Promise<string> {
  const parent = path.join(scratch, 'plugins');
  await mkdir(parent);
  await writeFile(path.join(parent, 'given.js'), `export { plugin } from '${GIVEN_PLUGIN}';\n`);
  return parent;
}
