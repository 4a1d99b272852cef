import path from 'node:path';
import type { Command } from 'commander';
import { HostError, isHostError, toError } from '../../core/errors';
import type { BackupDesk } from '../../core/ports/backup';
import { checkBackup } from '../backup/check-backup';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import { settingsOf, type HostFlags } from './host-options';
import { replaceFile } from './replace-file';

interface BackupFlags {
  readonly all?: boolean;
  readonly stopped?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** `backup`: everything a host keeps, in one file. */
export function addBackupCommand(program: Command, context: CliContext): void {
  addConnectionOptions(program.command('backup'))
    .option('--out <file>', 'where to; default gatehouse-backup-<time>.jsonl.gz in the working folder')
    .option('--all', 'with what is done: receipts, jobs, refused requests')
    .option('--stopped', 'read the store of a host that does not run, as before a move')
    .description(
      'Write what the host keeps into one file, while it runs: secrets as they are sealed, without the master key',
    )
    .action((flags: BackupFlags) => backup(context, flags));
}

async function backup(context: CliContext, flags: BackupFlags): Promise<void> {
  const { terminal, cwd } = context;
  const out = flags.out ?? `gatehouse-backup-${stamp(new Date())}.jsonl.gz`;
  const all = flags.all === true;
  const file = path.resolve(cwd, out);
  const bytes = sourceOf(context, flags).write({ all });
  const checked = await replaceFile(file, async (write, part) => {
    for await (const chunk of bytes) await write(chunk);
    // What has no end is no backup: the file takes its name once it has been read.
    return checkBackup(part);
  }).catch((error: unknown) => {
    throw isHostError(error)
      ? error
      : new HostError('inbox/bad-file', [out, toError(error).message], { cause: error });
  });
  if (flags.json === true) terminal.printJson({ file, ...checked });
  else {
    const rows = Object.values(checked.rows).reduce((sum, count) => sum + count, 0);
    terminal.print(
      `${file}: ${rows} rows of ${new Date(checked.head.at).toISOString()}, read again and whole.`,
    );
    terminal.print('Keep it with the master key, which is not in it, and apart from it.');
  }
}

function sourceOf(context: CliContext, flags: BackupFlags): Pick<BackupDesk, 'write'> {
  const { backups } = context;
  if (flags.stopped !== true) return connectionOf(context, flags as HostFlags).backups;
  const { settings } = settingsOf(context, flags as HostFlags);
  return { write: (options) => backups.write(settings, options) };
}

/** `20261121-224647`, UTC. */
function stamp(at: Date): string {
  return at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}
