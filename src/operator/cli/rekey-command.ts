import type { Command } from 'commander';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { plain } from './terminal';

/** `secrets rekey`: a new master key, and everything that hosts share sealed with it. */
export function addRekeyCommand(secrets: Command, context: CliContext): void {
  addConnectionOptions(secrets.command('rekey'))
    .description(
      'Change the master key: the host makes one, or takes GATEHOUSE_MASTER_KEY where that is set, and seals all stored secrets with it',
    )
    .action((flags: HostFlags) => rekey(context, flags));
}

async function rekey(context: CliContext, flags: HostFlags): Promise<void> {
  const { terminal, finish } = context;
  const done = await connectionOf(context, flags).secrets.rekey();
  const { keyId, made, resealed, unreadable } = done;
  if (flags['json'] !== undefined) terminal.printJson(done);
  else {
    const values = `${resealed} value${resealed === 1 ? ' is' : 's are'} sealed anew`;
    terminal.print(plain(`Key ${keyId}${made ? ', made now,' : ''} seals from now on; ${values}.`));
    terminal.print(
      'Requests that were stored before open with the key before: keep it until they are gone (receipts.keepMs).',
    );
    for (const place of unreadable) terminal.complain(plain(`warning: no key opens ${place}`));
  }
  finish(unreadable.length === 0 ? 0 : 1);
}
