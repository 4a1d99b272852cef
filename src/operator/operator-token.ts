import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../core/errors';
import { placeOnce } from '../core/place-once';
import { Secret } from '../core/secret';

export interface OperatorToken {
  readonly token: Secret;
  /** The file that holds it; undefined when the settings gave it. */
  readonly file: string | undefined;
  /** True when this start made it. */
  readonly made: boolean;
}

/** Where a token the host made is kept. */
export function operatorTokenFile(dataFolder: string): string {
  return path.join(dataFolder, 'operator-token');
}

/**
 * The token of the operator API: the one from the settings, else the data folder's, else a new one (256 random bits)
 * written there readable by its owner alone. Two hosts starting at once agree on one.
 * @throws operator/bad-token-file
 */
export function provideOperatorToken(configured: Secret | undefined, dataFolder: string): OperatorToken {
  if (configured !== undefined) return { token: configured, file: undefined, made: false };
  const file = operatorTokenFile(dataFolder);
  const kept = readOperatorToken(file);
  if (kept !== undefined) {
    chmodSync(file, 0o600);
    return { token: kept, file, made: false };
  }
  mkdirSync(dataFolder, { recursive: true });
  const made = placeOnce(file, `${randomBytes(32).toString('base64url')}\n`);
  const token = readOperatorToken(file);
  if (token === undefined) throw new HostError('operator/bad-token-file', [file, 'it vanished']);
  return { token, file, made };
}

/** The token kept in `file`, or undefined when there is no such file. @throws operator/bad-token-file */
export function readOperatorToken(file: string): Secret | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new HostError('operator/bad-token-file', [file, 'it cannot be read'], { cause: error });
  }
  if (!/^[\x21-\x7e]{16,}$/.test(text))
    throw new HostError('operator/bad-token-file', [
      file,
      'a token is one line of 16 or more visible characters',
    ]);
  return new Secret(text);
}
