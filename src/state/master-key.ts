import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../core/errors';
import { placeOnce } from '../core/place-once';
import type { Secret } from '../core/secret';

/** 256 bits that everything sealed hangs on. */
export interface MasterKey {
  readonly bytes: Buffer;
  /** Public: stands in each sealed text, and says nothing of the key. */
  readonly id: string;
  /** The file that holds it; undefined when the settings gave it. */
  readonly file: string | undefined;
  /** True when this start made it. */
  readonly made: boolean;
}

const KEY_BYTES = 32;

/** Where a key the host made is kept. */
export function masterKeyFile(dataFolder: string): string {
  return path.join(dataFolder, 'master-key');
}

/** Where the keys before it are kept, one a line, for as long as anything is sealed with them. */
export function previousKeysFile(dataFolder: string): string {
  return path.join(dataFolder, 'master-key.previous');
}

/**
 * The master key: the one from the settings, else the data folder's, else a new one written there readable by its
 * owner alone. Two hosts starting at once agree on one.
 * @throws host/bad-master-key when the file is damaged or others may read it
 */
export function provideMasterKey(configured: Secret | undefined, dataFolder: string): MasterKey {
  if (configured !== undefined) {
    const bytes = decode(configured.reveal());
    if (bytes === undefined) throw new HostError('host/bad-master-key', ['The setting masterKey', NOT_A_KEY]);
    return { bytes, id: idOf(bytes), file: undefined, made: false };
  }
  const file = masterKeyFile(dataFolder);
  const kept = readKey(file);
  if (kept !== undefined) return { bytes: kept, id: idOf(kept), file, made: false };
  mkdirSync(dataFolder, { recursive: true });
  const made = placeOnce(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  const bytes = readKey(file);
  if (bytes === undefined) throw new HostError('host/bad-master-key', [file, 'it vanished']);
  return { bytes, id: idOf(bytes), file, made };
}

/**
 * Keys that open what they sealed, and seal nothing: those of the settings, then those of the data folder.
 * @throws host/bad-master-key when the file is damaged or others may read it
 */
export function providePreviousKeys(configured: readonly Secret[], dataFolder: string): MasterKey[] {
  const given = configured.map((secret) => {
    const bytes = decode(secret.reveal());
    if (bytes === undefined)
      throw new HostError('host/bad-master-key', ['The setting previousMasterKeys', NOT_A_KEY]);
    return { bytes, id: idOf(bytes), file: undefined, made: false };
  });
  const file = previousKeysFile(dataFolder);
  const kept = (readKeys(file) ?? []).map((bytes) => ({ bytes, id: idOf(bytes), file, made: false }));
  return [...given, ...kept];
}

/**
 * Puts a new key into the place of the data folder's, and that among the previous ones: first, so that whatever ends this
 * early leaves both where they are found.
 * @throws host/bad-master-key when a file is damaged or others may read it
 */
export function replaceMasterKey(dataFolder: string): MasterKey {
  const file = masterKeyFile(dataFolder);
  const previousFile = previousKeysFile(dataFolder);
  const before = readKey(file);
  if (before === undefined) throw new HostError('host/bad-master-key', [file, 'it vanished']);
  const earlier = (readKeys(previousFile) ?? []).filter((key) => !key.equals(before));
  writeWhole(previousFile, [before, ...earlier]);
  const bytes = randomBytes(KEY_BYTES);
  writeWhole(file, [bytes]);
  return { bytes, id: idOf(bytes), file, made: true };
}

/** Nobody ever reads half of it, nor finds it gone after the power was. */
function writeWhole(file: string, keys: readonly Buffer[]): void {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const text = keys.map((key) => `${key.toString('base64')}\n`).join('');
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  renameSync(draft, file);
}

const NOT_A_KEY = 'a master key is 32 bytes as base64 or as 64 hexadecimal digits';

function readKey(file: string): Buffer | undefined {
  const keys = readKeys(file);
  if (keys === undefined) return undefined;
  const [only, ...others] = keys;
  if (only === undefined || others.length > 0) throw new HostError('host/bad-master-key', [file, NOT_A_KEY]);
  return only;
}

/** One a line; undefined when there is no such file. */
function readKeys(file: string): readonly Buffer[] | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  // Not mended like the operator's token: whoever read this key can read what was sealed before.
  if ((stats.mode & 0o077) !== 0)
    throw new HostError('host/bad-master-key', [
      file,
      'others may read it; if nobody did, `chmod 600` the file and start again',
    ]);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new HostError('host/bad-master-key', [file, 'it cannot be read'], { cause: error });
  }
  return (text === '' ? [] : text.split('\n')).map((line) => {
    const bytes = decode(line.trim());
    if (bytes === undefined) throw new HostError('host/bad-master-key', [file, NOT_A_KEY]);
    return bytes;
  });
}

function decode(text: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

function idOf(bytes: Buffer): string {
  return createHash('sha256').update('gatehouse master key id\0').update(bytes).digest('hex').slice(0, 8);
}
