import { HttpError } from '../../src/core/http-error';
import { reply } from '../../src/core/reply';
import { createRouter } from '../../src/plugins/api-router';
import * as decorators from '../../src/plugins/decorators';
import { inject } from '../../src/plugins/injected';
import { withBody } from '../../src/plugins/provided';
import { PluginBase } from '../../src/plugins/plugin';
import * as tokens from '../../src/plugins/tokens';
import { loadModule, type LoadedModule } from '../../src/plugins/load-module';
import path from 'node:path';
import { pluginFolder } from '../support/plugin-folder';

/** What stands in for `gatehouse` where the whole host is not needed. */
export const authoring = {
  ...decorators,
  ...tokens,
  ...{ createRouter, HttpError, inject, reply, withBody },
  Plugin: PluginBase,
};

export const modules = (name: string): unknown => (name === 'gatehouse' ? authoring : undefined);

/** Writes a plugin's files and loads its entry: the first of them, unless named. */
export async function loadFiles(
  files: Readonly<Record<string, string>>,
  entry = Object.keys(files)[0] ?? '',
): Promise<LoadedModule> {
  const folder = pluginFolder(files);
  const manifest = files['package.json'] === undefined ? {} : JSON.parse(files['package.json']);
  return loadModule({ folder, entry: path.join(folder, entry), manifest, modules });
}
