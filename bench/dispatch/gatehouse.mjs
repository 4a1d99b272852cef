// A gateway with generated plugins, from the built host's own parts.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
require('reflect-metadata');
const winston = require('winston');
const { createAccessLog } = require('../../dist/http/access-log.js');
const { createGateway } = require('../../dist/http/gateway.js');
const { createMeasuring } = require('../../dist/http/measuring.js');
const { createHostApp } = require('../../dist/http/host-app.js');
const { systemClock } = require('../../dist/core/clock.js');
const { buildMount } = require('../../dist/core/mount.js');
const { LiveMount } = require('../../dist/core/live-mount.js');
const { MountTable } = require('../../dist/core/mount-table.js');
const { Scope } = require('../../dist/core/scope.js');
const { resolveSettings } = require('../../dist/core/settings-resolver.js');
const { Plugin } = require('../../dist/index.js');
const { nativeDialect } = require('../../dist/plugins/native-dialect.js');

/** `declare` is called with each plugin; resolves with the http.Server, not listening. */
export async function gatewayOf({ plugins, declare, accessLog, measuring }) {
  const { settings } = resolveSettings({
    flags: {},
    env: {},
    file: undefined,
    fileName: undefined,
    workingFolder: process.cwd(),
  });
  const logger = winston.createLogger({ silent: true });
  const table = new MountTable();
  const gateway = createGateway({
    table,
    settings,
    logger,
    app: createHostApp(settings, () => true),
    operatorAuth: { allows: () => false },
    accessLog: accessLog ? createAccessLog(process.stdout) : undefined,
    measuring: measuring ? createMeasuring({ table, clock: systemClock }) : undefined,
  });
  for (let index = 0; index < plugins; index += 1) {
    const info = {
      author: 'bench',
      module: `p${index}`,
      name: 'Bench',
      version: '1.0.0',
      description: 'generated',
    };
    const plugin = new Plugin(info);
    declare(plugin);
    const read = nativeDialect.recognise({ folder: '', manifest: {}, module: { plugin } });
    const mount = buildMount(plugin.key, plugin.info, read.translate());
    table.swap(plugin.key, new LiveMount(mount, 1, new Scope(), logger, (stack) => stack));
  }
  return gateway.server;
}
