import { isHostError } from '../../core/errors';

/** Undefined where no host runs: files are changed all the same, and looked at by the next start. */
export async function ifRunning<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (isHostError(thrown) && thrown.code === 'operator/unreachable') return undefined;
    throw thrown;
  }
}
