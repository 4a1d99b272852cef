import type { Command } from 'commander';

/** A command as documents and completions tell of it. Plain data. */
export interface CommandDescription {
  readonly name: string;
  /** What stands after the name. */
  readonly usage: string;
  readonly description: string;
  /** False where it only holds other commands. */
  readonly runs: boolean;
  readonly arguments: readonly { readonly name: string; readonly description: string }[];
  /** `name` as in `-f, --follow`. */
  readonly options: readonly { readonly name: string; readonly description: string }[];
  readonly commands: readonly CommandDescription[];
}

/** What commander knows of a command and those below it; `help` and what is hidden are left out. */
export function describeCommand(command: Command): CommandDescription {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  return {
    name: command.name(),
    usage: command.usage(),
    description: command.description(),
    runs: commands.length === 0 || command.registeredArguments.length > 0,
    arguments: help.visibleArguments(command).map((argument) => ({
      name: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
    })),
    options: help
      .visibleOptions(command)
      .map((option) => ({ name: help.optionTerm(option), description: help.optionDescription(option) })),
    commands: commands.map(describeCommand),
  };
}
