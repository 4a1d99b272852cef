// The plugins part of a host alone, from built sources: real files, real loader, no gateway.
import { createRequire } from 'node:module';
import path from 'node:path';

/** Plugins in `root`/plugins, data in `root`/data. `source` is the folder the sources were built to. */
export async function createReconciler(source, root) {
  const require = createRequire(path.resolve(source, 'index.js'));
  const { MountTable } = require('./core/mount-table.js');
  const { discover } = require('./plugins/discover.js');
  const { guessKey } = require('./plugins/identity.js');
  const { moduleLoader } = require('./plugins/module-loader.js');
  const { nativeDialect } = require('./plugins/native-dialect.js');
  const { PluginBase } = require('./plugins/plugin.js');
  const { Logger } = require('./plugins/tokens.js');
  const { Reconciler } = require('./plugins/reconciler.js');
  const { servicesFactory } = require('./plugins/generation-services.js');
  const { WantedState } = require('./plugins/wanted-state.js');
  const gatehouse = { Plugin: PluginBase, Logger, ...require('./plugins/decorators.js') };
  const winston = require('winston');

  const folder = path.join(root, 'plugins');
  const data = path.join(root, 'data');
  const logger = winston.createLogger({ silent: true, transports: [new winston.transports.Console()] });
  const channels = { send: async () => undefined, history: () => [] };
  // Nothing is shared and nothing stored: it is loading that is measured.
  const shared = { get: () => undefined, list: () => [], put: async () => true, onChange: () => () => {} };
  const wanted = await WantedState.open({
    file: path.join(data, 'plugins.json'),
    shared,
    newPlugins: 'enabled',
    logger,
  });
  return new Reconciler({
    discover: () => discover({ folders: [folder], packages: false, workingFolder: root }),
    guessKey: (found) => guessKey(found.entry, found.manifest),
    generations: {
      load: moduleLoader((name) => (name === 'gatehouse' ? gatehouse : undefined)),
      dialects: [nativeDialect],
      services: servicesFactory({ logger, data, channels, publicUrl: undefined, configOf: () => ({}) }),
      startMs: 30_000,
      logger,
    },
    table: new MountTable(),
    wanted,
    drainMs: 1_000,
    logger,
  });
}
