import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Effect } from '../core/declaration';
import type { PluginServices } from '../core/plugin-services';
import type { Found } from './discover';

const FOLDER = 'migrations';
/** As `001-orders.sql`. */
const NUMBERED = /^\d{3,}[-_].+\.sql$/;

/**
 * The effect that brings a plugin's database up to date before anything else of it starts, where its folder has numbered
 * files in `migrations`; else none.
 */
export async function migrationsOf(
  { folder, from }: Pick<Found, 'folder' | 'from'>,
  services: () => Pick<PluginServices, 'sql'>,
): Promise<readonly Effect[]> {
  if (from === 'file') return [];
  const place = path.join(folder, FOLDER);
  const names = await readdir(place).catch((): string[] => []);
  if (!names.some((name) => NUMBERED.test(name))) return [];
  const start = () => services().sql.migrate(place);
  return [{ kind: 'effect', origin: { dialect: 'host', where: FOLDER }, label: FOLDER, start }];
}
