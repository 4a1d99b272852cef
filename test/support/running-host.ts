import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../src/core/clock';
import { resolveSettings } from '../../src/core/settings-resolver';
import { startHost } from '../../src/host';
import type { RunningHost } from '../../src/operator/running-host';

export const TOKEN = 'a-test-operator-token';

/** A whole host in this process, on a free port, over a folder of plugins the test writes. */
export interface HostUnderTest extends RunningHost {
  /** Writes `plugins/<file>`. */
  write(file: string, text: string): void;
  close(): Promise<void>;
}

export interface HostUnderTestOptions {
  readonly file?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** `file` is the parsed settings file, `env` what plugins' values are looked for in. */
export async function startHostUnderTest(
  files: Readonly<Record<string, string>>,
  { file, env = {}, clock }: HostUnderTestOptions = {},
): Promise<HostUnderTest> {
  const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-host-'));
  const write = (file: string, text: string) => {
    const target = path.join(root, 'plugins', file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const { settings } = resolveSettings({
    flags: {},
    env: {
      GATEHOUSE_PORT: '0',
      GATEHOUSE_PLUGINS: path.join(root, 'plugins'),
      GATEHOUSE_DATA: path.join(root, 'data'),
      GATEHOUSE_OPERATOR_TOKEN: TOKEN,
      GATEHOUSE_LOG_LEVEL: 'error',
      GATEHOUSE_LOG_ACCESS: 'false',
    },
    file,
    fileName: undefined,
    workingFolder: root,
  });
  const host = await startHost({ settings, watch: false, env, ...(clock !== undefined && { clock }) });
  const close = async () => {
    await host.stop();
    rmSync(root, { recursive: true, force: true });
  };
  return { ...host, write, close };
}
