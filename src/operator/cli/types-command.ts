import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { plain } from './terminal';

type Flags = HostFlags & { readonly out?: string };

/** `types`: what callers of a plugin need to know of it, as TypeScript. */
export function addTypesCommand(program: Command, context: CliContext): void {
  addConnectionOptions(program.command('types <key>'))
    .option('--out <file>', 'write them to a file instead')
    .description("Print TypeScript types for a plugin's callers: its paths and schemas")
    .action((key: string, flags: Flags) => printTypes(context, key, flags));
}

async function printTypes(context: CliContext, key: string, { out, ...flags }: Flags): Promise<void> {
  const { terminal, cwd } = context;
  const types = plain(await connectionOf(context, flags).types(key));
  if (out !== undefined) await writeFile(path.resolve(cwd, out), types);
  if (flags['json'] !== undefined)
    terminal.printJson(out === undefined ? { plugin: key, types } : { plugin: key, file: out });
  else if (out === undefined) context.stdout.write(types);
  else terminal.complain(plain(`${out} has the types of ${key}`));
}
