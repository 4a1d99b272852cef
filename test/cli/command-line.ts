import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { runCli } from '../../src/operator/cli/cli';
import type { CliParts } from '../../src/operator/cli/cli-context';
import type { SignalSource } from '../../src/operator/signals';
import { createSamples } from '../../src/signatures/samples/samples';

export class Signals extends EventEmitter implements SignalSource {
  exit(): void {}
}

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line and keeps what it printed. */
export async function run(
  argv: readonly string[],
  parts: Partial<CliParts> & { isTTY?: boolean; isErrorTTY?: boolean } = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const exitCode = await runCli(argv, {
    startHost: () => Promise.reject(new Error('this command starts no host')),
    samples: createSamples(),
    backups: {
      write: () => {
        throw new Error('this command opens no store');
      },
      restore: () => Promise.reject(new Error('this command opens no store')),
    },
    prove: () => Promise.reject(new Error('this command proves nothing')),
    env: {},
    cwd: '/',
    stdin: () => Readable.from([]),
    stdout: { isTTY: parts.isTTY === true, write: (text) => (out += text) },
    stderr: { isTTY: parts.isErrorTTY === true, write: (text) => (err += text) },
    signals: new Signals(),
    ...parts,
  });
  return { exitCode, out, err };
}
