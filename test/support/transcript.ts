import { execFile } from 'node:child_process';

/**
 * Transcripts in Markdown: what a reader types and what they see, fenced as `console`.
 *
 *     ```console
 *     $ curl -i http://127.0.0.1:8021/api/plugin/example.tasks/tasks -d title=Tea
 *     HTTP/1.1 201 Created
 *     Location: …
 *
 *     {"id":"<id>","title":"Tea"}
 *     ```
 *
 * A line `$ …` is a command (a trailing `\` continues it); the lines up to the next one are its output, compared
 * exactly but for these:
 * - `…` stands for any text within a line; a line that is only `…` stands for any lines.
 * - `<id>` (any lower-case word) stands for text without spaces or quotes. Where it recurs, in later output or later
 *   commands of the file, it is the same text.
 * - With `curl -i` the status line and the headers shown must be there (names in any case), others may be; the body
 *   is exact.
 *
 * `curl`, `node` and `npx gatehouse` are run; `npm`, `git` and `cd` set the stage and are not; anything else is an
 * error, so nothing looks tested that is not. A command that needs a shell (pipes, `$`) goes to bash.
 */
export interface Step {
  readonly command: string;
  readonly expected: string;
  /** Line of the command in its file, from 1. */
  readonly line: number;
}

const runs = /^(?:curl|node|npx gatehouse)\s/;
const setsTheStage = /^(?:npm|git|cd)\s/;
const placeholder = /<([a-z]+)>/g;

/** The steps to run, in order. @throws when a console block holds a command that is neither run nor known */
export function parseTranscript(markdown: string): Step[] {
  const steps: Step[] = [];
  let current: { command: string; output: string[]; line: number } | undefined;
  let inBlock = false;
  const finish = () => {
    if (current !== undefined && !setsTheStage.test(current.command)) {
      if (!runs.test(current.command))
        throw new Error(`line ${current.line}: \`${current.command}\` is not a command transcripts may show`);
      const { command, line, output } = current;
      steps.push({ command, line, expected: output.join('\n').trimEnd() });
    }
    current = undefined;
  };
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line.startsWith('```')) {
      finish();
      inBlock = !inBlock && line.trim() === '```console';
    } else if (!inBlock) continue;
    else if (line.startsWith('$ ')) {
      finish();
      current = { command: line.slice(2), output: [], line: index + 1 };
    } else if (current?.command.endsWith('\\') === true && current.output.length === 0)
      current.command = `${current.command.slice(0, -1).trimEnd()} ${line.trim()}`;
    else current?.output.push(line);
  }
  return steps;
}

/** The words of a command as a POSIX shell would split it, or undefined where only a shell can tell. */
export function splitCommand(command: string): string[] | undefined {
  const words: string[] = [];
  const piece = /\s+|'([^']*)'|"((?:[^"\\$`]|\\.)*)"|\\(.)|([^\s'"\\|&;<>()$`]+)/gy;
  let word: string | undefined;
  while (piece.lastIndex < command.length) {
    const match = piece.exec(command);
    if (match === null) return undefined;
    const [, single, double, escaped, bare] = match;
    const part = single ?? double?.replace(/\\([\\"$`])/g, '$1') ?? escaped ?? bare;
    if (part === undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + part;
  }
  return word === undefined ? words : [...words, word];
}

/** Whether `actual` is what the transcript shows; what placeholders stood for is added to `bound`. */
export function outputMatches(step: Step, actual: string, bound: Map<string, string>): boolean {
  if (!/^curl\s(?:.*\s)?-[a-zA-Z]*i/.test(step.command)) return textMatches(step.expected, actual, bound);
  const wanted = splitHead(step.expected);
  const seen = splitHead(actual);
  const headers = seen.head.slice(1);
  return (
    textMatches(wanted.head[0] ?? '', seen.head[0] ?? '', bound) &&
    wanted.head.slice(1).every((line) => headers.some((header) => textMatches(line, header, bound))) &&
    textMatches(wanted.body, seen.body, bound)
  );
}

function splitHead(text: string): { head: string[]; body: string } {
  const [head = '', ...body] = text.split('\n\n');
  const lowerName = (line: string) => line.replace(/^[^\s:]+:/, (name) => name.toLowerCase());
  return { head: head.split('\n').map(lowerName), body: body.join('\n\n') };
}

function textMatches(expected: string, actual: string, bound: Map<string, string>): boolean {
  const names: string[] = [];
  const source = expected.split(/(<[a-z]+>|^…$|…)/m).map((part, index, parts) => {
    if (part === '…') {
      const wholeLine = /(^|\n)$/.test(parts[index - 1] ?? '') && /^($|\n)/.test(parts[index + 1] ?? '');
      return wholeLine ? '[^]*' : '.*';
    }
    const name = /^<([a-z]+)>$/.exec(part)?.[1];
    if (name === undefined) return escapeRegExp(part);
    const known = bound.get(name);
    if (known !== undefined) return escapeRegExp(known);
    if (names.includes(name)) return `\\k<${name}>`;
    names.push(name);
    return `(?<${name}>[^\\s"']+)`;
  });
  const groups = new RegExp(`^${source.join('')}$`).exec(actual);
  for (const name of groups === null ? [] : names) bound.set(name, groups?.groups?.[name] ?? '');
  return groups !== null;
}

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Runs one step against the host at `address`; its output as if that host were at the documented address. */
export async function runStep(
  step: Step,
  at: { address: string; cwd: string; env: NodeJS.ProcessEnv },
  bound: ReadonlyMap<string, string>,
): Promise<string> {
  const command = step.command
    .replace(placeholder, (whole, name: string) => bound.get(name) ?? whole)
    .replace(/(?:127\.0\.0\.1|localhost):8021/g, at.address);
  const [program, ...args] = splitCommand(command) ?? ['bash', '-o', 'pipefail', '-c', command];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(program ?? '', args, { cwd: at.cwd, env: at.env, timeout: 60_000 }, (error, stdout, stderr) => {
      // An endless stream is cut with --max-time: curl's exit code 28 is then the expected one.
      const cut = error?.code === 28 && command.includes('--max-time');
      if (error === null || cut) resolve(stdout);
      else reject(new Error(`\`${command}\` failed: ${error.message}\n${stdout}${stderr}`));
    });
  });
  return output.replaceAll('\r\n', '\n').replaceAll(at.address, '127.0.0.1:8021').trimEnd();
}
