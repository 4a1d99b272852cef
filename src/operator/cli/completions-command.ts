import { Argument, type Command } from 'commander';
import type { CliContext } from './cli-context';
import { completionScript, SHELLS, type CompletedCommand, type Shell } from './completion-script';

/** `completions`: a script for a shell, made of the commands and options there are. */
export function addCompletionsCommand(program: Command, context: CliContext): void {
  program
    .command('completions')
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .description('Print a script that completes commands and options: source <(gatehouse completions bash)')
    .action((shell: Shell) => context.terminal.print(completionScript(shell, commandsOf(program))));
}

/** Every command by its words: none are the program's own. */
function commandsOf(command: Command, words: readonly string[] = []): readonly CompletedCommand[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  const own: CompletedCommand = {
    words,
    commands: children.map((child) => ({ name: child.name(), description: child.description() })),
    options: help
      .visibleOptions(command)
      .flatMap(({ long, description, required, optional }) =>
        long == null ? [] : [{ name: long, description, takesValue: required || optional }],
      ),
  };
  return [own, ...children.flatMap((child) => commandsOf(child, [...words, child.name()]))];
}
