import type { Page, PageRequest } from '../../core/ports/inbox-desk';

const USUAL_LIMIT = 50;
/** After so long somebody who waits is told what for, ms. */
const PATIENCE_MS = 3_000;

/**
 * A page as full as was asked for: a page of a large store may look at a part of it alone, so that its rest is asked for
 * until there are enough items or nothing is left. `takesLong` is called once, when it has taken some seconds.
 */
export async function fullPage<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  { limit = USUAL_LIMIT, after }: PageRequest,
  takesLong: () => void,
): Promise<Page<T>> {
  const late = setTimeout(takesLong, PATIENCE_MS);
  try {
    const items: T[] = [];
    let next = after;
    do {
      const page = await list({ limit: limit - items.length, after: next });
      items.push(...page.items);
      next = page.next;
    } while (next !== undefined && items.length < limit);
    return { items, next };
  } finally {
    clearTimeout(late);
  }
}
