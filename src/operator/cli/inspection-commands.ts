import type { Command } from 'commander';
import { settingPaths, type SettingPath } from '../../core/settings-table';
import type { Settings } from '../../core/settings';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import { addSettingsOptions, settingsOf, type HostFlags } from './host-options';
import { formatTable, plain } from './terminal';

/** `explain` and `config check`: questions that change nothing. */
export function addInspectionCommands(program: Command, context: CliContext): void {
  addConnectionOptions(program.command('explain <METHOD> <path>'))
    .description('Say which endpoint answers a request, and why')
    .action((method: string, path: string, options: HostFlags) => explain(context, method, path, options));
  const config = program.command('config').description('Look at the settings');
  addSettingsOptions(config.command('check').option('--json', 'print one JSON document instead of text'))
    .description('Check every setting and say where each value comes from; asks no host')
    .action((options: HostFlags) => checkConfig(context, options));
}

async function explain(context: CliContext, method: string, path: string, options: HostFlags): Promise<void> {
  const { terminal } = context;
  const explanation = await connectionOf(context, options).explain(method.toUpperCase(), path);
  if (options['json'] !== undefined) {
    terminal.printJson(explanation);
    return;
  }
  const { status, plugin, generation, endpoint, params, steps } = explanation;
  const lines = [
    `${explanation.method} ${explanation.path} → ${status === 200 ? 'answered' : String(status)}`,
  ];
  if (plugin !== undefined)
    lines.push(`plugin      ${plugin}${generation === undefined ? '' : `, generation ${generation}`}`);
  if (endpoint !== undefined)
    lines.push(
      `endpoint    ${endpoint.method} ${endpoint.path}  (${endpoint.origin}; access ${endpoint.access})`,
    );
  if (params !== undefined && Object.keys(params).length > 0)
    lines.push(`parameters  ${JSON.stringify(params)}`);
  lines.push(...steps.map((step, index) => `  ${index + 1}. ${step}`));
  terminal.print(plain(lines.join('\n')));
}

function checkConfig(context: CliContext, options: HostFlags): void {
  const { terminal } = context;
  const { settings, origins, warnings, fileName } = settingsOf(context, options);
  const rows = settingPaths.map((path) => ({
    path,
    value: valueAt(settings, path),
    origin: origins.get(path) ?? 'default',
  }));
  if (options['json'] !== undefined) {
    terminal.printJson({ ok: true, file: fileName, settings: rows, warnings });
    return;
  }
  terminal.print(
    formatTable(
      ['SETTING', 'VALUE', 'FROM'],
      rows.map(({ path, value, origin }) => [
        path,
        plain(value === undefined ? '–' : asText(value)),
        plain(origin),
      ]),
    ),
  );
  terminal.print(`\nThe settings are valid${fileName === undefined ? '; no settings file' : ''}.`);
}

/** A section and a name in it, which may hold a dot itself. */
function valueAt(settings: Settings, path: SettingPath): unknown {
  const dot = path.indexOf('.');
  const [section, name] = dot === -1 ? [path] : [path.slice(0, dot), path.slice(dot + 1)];
  const value = (settings as unknown as Readonly<Record<string, unknown>>)[section];
  return name === undefined ? value : (value as Readonly<Record<string, unknown>>)[name];
}

/** Secrets print themselves as `[secret]`. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
