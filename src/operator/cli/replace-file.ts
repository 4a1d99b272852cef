import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file that its owner alone can read. Until it is whole it stands beside its name, under which there is what was
 * there before; for ever, when `fill` fails. `write` resolves when the disk has taken the text; `part` is where it stands until
 * then.
 * @throws the file system's errors, and an Error where the name is that of something else than a file
 */
export async function replaceFile<T>(
  name: string,
  fill: (write: (text: string | Uint8Array) => Promise<void>, part: string) => Promise<T>,
): Promise<T> {
  const target = await targetOf(name);
  const part = path.join(
    path.dirname(target),
    `.${path.basename(target)}.${randomBytes(6).toString('hex')}.part`,
  );
  const file = await open(part, 'wx', 0o600);
  try {
    const filled = await fill(async (text) => {
      await file.appendFile(text);
    }, part);
    await file.sync();
    await file.close();
    await rename(part, target);
    return filled;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

/** What the name leads to: a link stays one. */
async function targetOf(name: string): Promise<string> {
  const found = await stat(name).catch(() => undefined);
  if (found === undefined) return name;
  if (!found.isFile()) throw new Error('there is something else than a file under that name');
  return realpath(name);
}
