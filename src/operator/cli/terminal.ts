import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { createColors } from 'picocolors';
import type { Environment } from '../../core/settings-variables';

export interface OutputStream {
  readonly isTTY?: boolean;
  /** False: it takes more, but `drain` should be waited for. */
  write(text: string): unknown;
  once?(event: 'drain', listener: () => void): unknown;
}

/** What the command line prints with: colour only on a terminal, and nothing of a plugin's that could steer one. */
export interface Terminal {
  readonly isInteractive: boolean;
  readonly colors: ReturnType<typeof createColors>;
  print(line: string): void;
  /** The same as one JSON document, for programs. */
  printJson(value: unknown): void;
  /** To the error stream. */
  complain(line: string): void;
}

/** @see https://no-color.org (read 2026-11-21): any value that is not empty turns colour off */
export function createTerminal(stdout: OutputStream, stderr: OutputStream, env: Environment): Terminal {
  const isInteractive = stdout.isTTY === true;
  return {
    isInteractive,
    colors: createColors(isInteractive && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'),
    print: (line) => stdout.write(`${line}\n`),
    printJson: (value) => stdout.write(`${JSON.stringify(value, undefined, 2)}\n`),
    complain: (line) => stderr.write(`${line}\n`),
  };
}

/** Text of a plugin or a remote host without escape sequences and control characters; line ends stay. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, '');
}

const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Rows under a heading, columns aligned; cells are printed as they are, so pass foreign text through `plain`. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    chars: BORDERLESS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  table.push([...head], ...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
