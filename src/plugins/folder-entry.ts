import type { Dialect } from '../core/dialect';
import type { Found } from './discover';
import type { Loadable } from './generation';

/**
 * What is loaded of a place: what a dialect makes of the folder, else its entry. Undefined when there is neither. An entry that
 * package.json names and that is not there counts as one, so that folders which need it are told; `npm init` writes `main` into all.
 * @throws the place's problem, and what a dialect says of a folder that is written wrongly
 */
export async function loadableOf(found: Found, dialects: readonly Dialect[]): Promise<Loadable | undefined> {
  const { folder, entry, problem, from } = found;
  if (problem !== undefined && problem.code !== 'plugin/bad-entry') throw problem;
  if (from !== 'file')
    for (const dialect of dialects) {
      const source = await dialect.entryOf?.(folder, problem === undefined ? entry : folder);
      if (source !== undefined) return { ...found, entry: folder, source };
    }
  if (problem !== undefined) throw problem;
  return entry === undefined ? undefined : { ...found, entry };
}
