import type { Backups } from '../../core/ports/backup';
import type { Inspection } from '../../core/ports/inspection';
import type { Prove } from '../../core/ports/prove';
import type { Samples } from '../../core/ports/samples';
import type { Environment } from '../../core/settings-variables';
import type { StartHost } from '../running-host';
import type { SignalSource } from '../signals';
import type { OutputStream, Terminal } from './terminal';

export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

/** Everything the command line takes from its process, handed in. */
export interface CliParts {
  readonly startHost: StartHost;
  readonly prove: Prove;
  /** Looks at a store and a master key without a host; without it these are not looked at. */
  readonly inspection?: Inspection | undefined;
  /** Stores of hosts that do not run. */
  readonly backups: Backups;
  /** For requests to hosts that cannot be asked; one that can makes its own. */
  readonly samples: Samples;
  readonly env: Environment;
  /** The working folder, absolute. */
  readonly cwd: string;
  /** Opened when it is first asked for. */
  readonly stdin: () => InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly signals: SignalSource;
}

export interface CliContext extends CliParts {
  readonly terminal: Terminal;
  /** Says how the command ended: 0 done, 1 failed. */
  finish(exitCode: number): void;
}
