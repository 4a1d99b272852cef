export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** After `gatehouse`; none are the program's own. */
  readonly words: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly name: string;
    readonly description: string;
    readonly takesValue: boolean;
  }[];
}

/** The whole script. Names are letters, digits and `-`; descriptions are quoted. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  if (shell === 'fish') return fish(commands);
  return shell === 'bash' ? bash(commands) : zsh(commands);
}

/** Values of options are left to files: most that name one do. */
function bash(commands: readonly CompletedCommand[]): string {
  return `_gatehouse() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" word
  local -i index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "\$words \$word" in
${groupsOf(commands, '      ')}
    esac
  done
  local found="" valued=""
  case "\$words" in
${commands.map((command) => `    "${keyOf(command)}") found="${candidatesOf(command)}"; valued=" ${valuedOf(command)} ";;`).join('\n')}
  esac
  if [[ "\$valued" == *" \$previous "* ]]; then COMPREPLY=(\$(compgen -f -- "\$current")); return; fi
  COMPREPLY=(\$(compgen -W "\$found" -- "\$current"))
}
complete -o filenames -F _gatehouse gatehouse`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const cases = commands.map((command) => {
    const described = [...command.commands, ...command.options].map(({ name, description }) =>
      quoted(`${name}:${description.replaceAll(':', '\\:')}`),
    );
    return `    "${keyOf(command)}") found=(${described.join(' ')}); valued=" ${valuedOf(command)} ";;`;
  });
  return `#compdef gatehouse
_gatehouse() {
  local words_found="" word valued=""
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\$words_found \$word" in
${groupsOf(commands, '      ').replaceAll('words=', 'words_found=')}
    esac
  done
  case "\$words_found" in
${cases.join('\n')}
  esac
  if [[ "\$valued" == *" \${words[CURRENT-1]} "* ]]; then _files; return; fi
  _describe gatehouse found
}
compdef _gatehouse gatehouse`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ words, commands: children, options }) => {
    const path = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const none = children.map(({ name }) => name).join(' ');
    const isHere = [path, none === '' ? '' : `not __fish_seen_subcommand_from ${none}`]
      .filter(Boolean)
      .join('; and ');
    const when = isHere === '' ? '' : ` -n ${quoted(isHere)}`;
    return [
      ...children.map(
        ({ name, description }) => `complete -c gatehouse -f${when} -a ${name} -d ${quoted(description)}`,
      ),
      ...options.map(
        ({ name, description, takesValue }) =>
          `complete -c gatehouse${when} -l ${name.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(description)}`,
      ),
    ];
  });
  return lines.join('\n');
}

/** One line for each command that can be reached: from where, by which word. */
function groupsOf(commands: readonly CompletedCommand[], indent: string): string {
  return commands
    .filter(({ words }) => words.length > 0)
    .map((command) => `${indent}"${keyOf(command)}") words="${keyOf(command)}";;`)
    .join('\n');
}

const keyOf = ({ words }: CompletedCommand) => words.map((word) => ` ${word}`).join('');
const candidatesOf = ({ commands, options }: CompletedCommand) =>
  [...commands, ...options].map(({ name }) => name).join(' ');
const valuedOf = ({ options }: CompletedCommand) =>
  options.flatMap(({ name, takesValue }) => (takesValue ? [name] : [])).join(' ');
/** As each of the shells reads it: nothing in it is special. */
const quoted = (text: string) => `'${text.replaceAll('\n', ' ').replaceAll("'", '’')}'`;
