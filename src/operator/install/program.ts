import { spawn } from 'node:child_process';
import { HostError, toError } from '../../core/errors';
import type { Environment } from '../../core/settings-variables';

export interface ProgramOptions {
  readonly cwd: string;
  readonly env: Environment;
}

/** A slow line and a large package; beyond this nobody waits. */
const PATIENCE_MS = 600_000;
const MOST_OUTPUT = 65_536;
/** npm prepares what it takes from git by another npm, in that folder, whose `.npmrc` names no program and no scripts then. */
const FOR_ALL = { GIT_TERMINAL_PROMPT: '0', npm_config_git: 'git', npm_config_ignore_scripts: 'true' };

/**
 * Runs a program without a shell, so that no argument is ever read as a command, and without the variables of the host, which
 * hold its secrets. Answers what it printed, at most the last 64 KiB. @throws install/program-failed with its words
 */
export function runProgram(
  name: 'git' | 'npm',
  args: readonly string[],
  { cwd, env }: ProgramOptions,
): Promise<string> {
  const what = `${name} ${args[0] ?? ''}`;
  return new Promise((resolve, reject) => {
    const fail = (words: string, cause?: unknown) =>
      reject(new HostError('install/program-failed', [what, words], { cause }));
    const child = spawn(name, args, {
      ...{ cwd, shell: false, timeout: PATIENCE_MS, stdio: ['ignore', 'pipe', 'pipe'] },
      env: { ...withoutOwn(env), ...FOR_ALL },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out = (out + chunk.toString()).slice(-MOST_OUTPUT)));
    child.stderr.on('data', (chunk: Buffer) => (err = (err + chunk.toString()).slice(-MOST_OUTPUT)));
    child.once('error', (error) => fail(toError(error).message, error));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(out);
      else fail(wordsOf(err) || wordsOf(out) || `it ended with ${String(code ?? signal)}`);
    });
  });
}

function withoutOwn(env: Environment): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GATEHOUSE_')));
}

/** The lines that say something, without credentials of addresses. */
function wordsOf(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('complete log of this run'));
  return lines
    .slice(-12)
    .join('\n')
    .replace(/\/\/[^/\s@]*@/g, '//…@')
    .trim();
}
