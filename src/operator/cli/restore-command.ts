import path from 'node:path';
import type { Command } from 'commander';
import type { Restored } from '../../core/ports/backup';
import type { CliContext } from './cli-context';
import { addSettingsOptions, settingsOf, type HostFlags } from './host-options';
import { formatTable, plain } from './terminal';

interface RestoreFlags {
  readonly force?: boolean;
  readonly databases?: boolean;
  readonly json?: boolean;
}

/** `restore`: a backup into the empty store of a host that does not run. */
export function addRestoreCommand(program: Command, context: CliContext): void {
  addSettingsOptions(program.command('restore <file>'), ['data'])
    .option('--json', 'print one JSON document instead of text')
    .option('--force', 'replace what is in the store')
    .option('--no-databases', 'without the databases of plugins')
    .description(
      'Fill the store that the settings name from a backup, all of it or nothing; no host may run on it, nor go on where the backup was made',
    )
    .action((file: string, flags: RestoreFlags) => restore(context, file, flags));
}

async function restore(context: CliContext, file: string, flags: RestoreFlags): Promise<void> {
  const { terminal, cwd, backups } = context;
  const { settings } = settingsOf(context, flags as HostFlags);
  const restored = await backups.restore(settings, path.resolve(cwd, file), {
    force: flags.force === true,
    withoutDatabases: flags.databases === false,
  });
  if (flags.json === true) terminal.printJson(restored);
  else terminal.print(formatRestored(restored));
}

function formatRestored({ head, rows, plugins }: Restored): string {
  const counted = Object.entries(rows).filter(([name, count]) => count > 0 && name !== 'counters');
  const lines = [
    `Restored what Gatehouse ${plain(head.version)} kept at ${new Date(head.at).toISOString()}:`,
    formatTable(
      ['WHAT', 'ROWS'],
      counted.map(([name, count]) => [plain(name), String(count)]),
    ),
  ];
  if (plugins.length > 0)
    lines.push(
      'These plugins were there; see that they are before the host serves:',
      formatTable(
        ['KEY', 'VERSION', 'STATE', 'FOLDER'],
        plugins.map(({ key, version, state, folder }) => [key, version, state, folder].map(plain)),
      ),
    );
  return lines.join('\n');
}
