import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import winston from 'winston';
import type { DeclaredSecret } from '../../src/core/declared-secrets';
import type { PluginKey } from '../../src/core/plugin-key';
import type { SharedState } from '../../src/core/ports/shared-state';
import { Secret } from '../../src/core/secret';
import type { Environment } from '../../src/core/settings-variables';
import { provideMasterKey } from '../../src/state/master-key';
import { createSealer } from '../../src/state/sealer';
import { createSecrets, type StoredSecrets } from '../../src/state/secrets';
import { keyOf } from '../core/plain-mount';
import { openSharedDatabase, type SharedDatabase } from '../support/shared-database';

export const CI = keyOf('acme.ci');

export const sealerOf = (fill: number) =>
  createSealer(provideMasterKey(new Secret(Buffer.alloc(32, fill).toString('base64')), '/none'));

/** A logger whose lines, JSON with everything in them, are kept. */
export function keptLogger(): { logger: winston.Logger; lines: string[] } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const transports = [new winston.transports.Stream({ stream })];
  return {
    logger: winston.createLogger({ level: 'debug', format: winston.format.json(), transports }),
    lines,
  };
}

export interface SecretsUnderTest {
  readonly secrets: StoredSecrets;
  readonly database: SharedDatabase;
  readonly lines: readonly string[];
  /** What the clock says, epoch ms. */
  time: number;
  /** Plugins that are known to the host. */
  plugins: PluginKey[];
  /** What the plugins that serve declare. */
  declared: readonly DeclaredSecret[];
  /** Another host's view of the same values. */
  another(environment?: Environment, masterKeyFill?: number): StoredSecrets;
  close(): Promise<void>;
}

export async function openSecrets(
  environment: Environment = {},
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-secrets-')),
): Promise<SecretsUnderTest> {
  const { logger, lines } = keptLogger();
  const database = await openSharedDatabase(path.join(folder, 'inbox.db'), logger);
  const create = (given: Environment, fill: number, shared: SharedState = database.shared) =>
    createSecrets({
      ...{ shared, logger, environment: given, sealer: sealerOf(fill) },
      plugins: () => test.plugins,
      declared: () => test.declared,
      clock: { now: () => test.time },
    });
  const test: { -readonly [N in keyof SecretsUnderTest]: SecretsUnderTest[N] } = {
    secrets: undefined as unknown as StoredSecrets,
    database,
    lines,
    time: 1_000_000,
    plugins: [CI],
    declared: [],
    another: (given = {}, fill = 1) => create(given, fill),
    close: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  test.secrets = create(environment, 1);
  return test;
}
