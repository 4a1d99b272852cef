import type { Store } from './store';

/** Begins the names of rows of `meta`, one for each restore that was committed. */
export const RESTORED = 'restored:';
/** What stands in a statement as it is. */
const ID = /^[\w-]{1,64}$/;

/** SQL that says, in the restore's own transaction, that it was committed. `now` in epoch ms. */
export function recordRestore(id: string, now: number): string {
  if (!ID.test(id)) throw new TypeError('the id of a restore is letters, digits, _ and -');
  return `INSERT INTO meta (name, value) VALUES ('${RESTORED}${id}', '${now}')`;
}

/** Whether the restore of that id was committed to the store. @throws the database's error */
export async function wasRestored({ reader }: Pick<Store, 'reader'>, id: string): Promise<boolean> {
  const found = await reader
    .selectFrom('meta')
    .select('value')
    .where('name', '=', `${RESTORED}${id}`)
    .executeTakeFirst();
  return found !== undefined;
}
