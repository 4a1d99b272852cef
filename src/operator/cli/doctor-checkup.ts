import { isHostError } from '../../core/errors';
import type { PluginStatus } from '../../core/ports/plugin-registry';
import type { Settings } from '../../core/settings';
import type { CliContext } from './cli-context';
import { fail, formatChecks, pass, warn, type Check } from './doctor-check';
import {
  checkData,
  checkDisk,
  checkExposure,
  checkMasterKey,
  checkNode,
  checkPort,
  checkPublicUrl,
  checkStore,
} from './doctor-machine-checks';
import { connectionOf } from './host-connection';
import { settingsOf, type HostFlags } from './host-options';

/**
 * `doctor` without an argument: what a host needs, on this machine and of the host that runs on it; with `--url` of that host alone.
 * Exit code 1 when something is broken.
 */
export async function checkUp(context: CliContext, flags: HostFlags, asJson: boolean): Promise<void> {
  const { terminal, finish } = context;
  const checks = flags['url'] === undefined ? await ofMachine(context, flags) : await ofHost(context, flags);
  const isOk = checks.every(({ state }) => state !== 'fail');
  if (asJson) terminal.printJson({ ok: isOk, checks });
  else terminal.print(formatChecks(checks, terminal));
  finish(isOk ? 0 : 1);
}

async function ofMachine(context: CliContext, flags: HostFlags): Promise<readonly Check[]> {
  const settings = readSettings(context, flags);
  if ('state' in settings) return [checkNode(), settings];
  const { inspection } = context;
  const plugins = await pluginsOf(context, flags);
  const isRunning = !('state' in plugins);
  return [
    checkNode(),
    pass('settings', 'every value is valid'),
    await checkData(settings),
    await checkDisk(settings),
    ...(inspection === undefined
      ? []
      : [await checkMasterKey(settings, inspection), ...(await checkStore(settings, inspection))]),
    isRunning ? pass('host', 'it runs here') : plugins,
    await checkPort(settings, isRunning),
    checkExposure(settings),
    await checkPublicUrl(settings, isRunning),
    ...(isRunning ? checkPlugins(plugins) : []),
  ];
}

async function ofHost(context: CliContext, flags: HostFlags): Promise<readonly Check[]> {
  const plugins = await connectionOf(context, flags).plugins();
  return [pass('host', `it answers at ${String(flags['url'])}`), ...checkPlugins(plugins)];
}

function readSettings(context: CliContext, flags: HostFlags): Settings | Check {
  try {
    return settingsOf(context, flags).settings;
  } catch (thrown) {
    if (!isHostError(thrown)) throw thrown;
    return fail('settings', thrown.message, '`gatehouse config check` shows where each value comes from');
  }
}

/** Those of the host that runs here, or how it is that there are none. */
async function pluginsOf(context: CliContext, flags: HostFlags): Promise<readonly PluginStatus[] | Check> {
  try {
    return await connectionOf(context, flags).plugins();
  } catch (thrown) {
    if (!isHostError(thrown)) throw thrown;
    if (thrown.code === 'operator/unreachable')
      return warn('host', 'none runs here', '`gatehouse serve` starts one');
    return fail('host', thrown.message);
  }
}

function checkPlugins(plugins: readonly PluginStatus[]): readonly Check[] {
  const failed = plugins.flatMap(({ key, folder, failure }) =>
    failure === undefined ? [] : [`${key ?? folder}: ${failure.message.split('\n')[0] ?? ''}`],
  );
  const unset = plugins.flatMap(({ key, secrets }) =>
    secrets.flatMap(({ name, required, isSet }) => (required && !isSet ? [`${key ?? ''} ${name}`] : [])),
  );
  return [
    failed.length === 0
      ? pass('plugins', `${plugins.length} plugins, none failed`)
      : fail(
          'plugins',
          failed.join('\n'),
          'mend them, then `gatehouse plugins reload <key>`; the log has the stack',
        ),
    unset.length === 0
      ? pass('secrets', 'every required one is set')
      : fail('secrets', `not set: ${unset.join(', ')}`, `gatehouse secrets set ${unset[0] ?? ''}`),
  ];
}
