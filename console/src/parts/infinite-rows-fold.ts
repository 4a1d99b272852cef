import type { InfiniteData } from '@tanstack/react-query';
import type { Page } from '../../../src/core/ports/inbox-desk';

interface Identified {
  readonly id: string;
}
type Pages<T> = InfiniteData<Page<T>, string | undefined>;

/** Rows that the first page may grow to while its reader watches: then it is a page again. */
const MOST_FIRST = 1_000;

/**
 * Whether a page of `limit` rows has fewer, although more follow: it looked at a part of a large store, and how much that is
 * differs from one reading to the next.
 */
function isShort({ items, next }: Page<unknown>, limit: number): boolean {
  return next !== undefined && items.length < limit;
}

/**
 * The first page, read anew. A reader at the top sees what came; one who scrolled down only what became of the rows that
 * were there, lest they move. `limit`: the rows of a full page.
 */
export function foldFirst<T extends Identified>(
  before: Pages<T>,
  fresh: Page<T>,
  isAtTop: boolean,
  limit = 0,
): Pages<T> {
  const [first] = before.pages;
  if (first === undefined || first.items === fresh.items) return before;
  if (isAtTop && isShort(fresh, limit)) {
    const items = joined(first, fresh);
    return items.length <= MOST_FIRST
      ? withPage(before, 0, { ...first, items })
      : { pages: [fresh], pageParams: [undefined] };
  }
  if (!isAtTop) return withPage(before, 0, { ...first, items: updated(first.items, fresh.items) });
  const last = fresh.items.at(-1);
  const overlap =
    last === undefined || fresh.next === undefined ? -1 : first.items.findIndex(({ id }) => id === last.id);
  const hasRoom = fresh.items.length + first.items.length - overlap <= MOST_FIRST;
  // Nothing in common: what came between is not known.
  if (overlap === -1 || !hasRoom) return { pages: [fresh], pageParams: [undefined] };
  const items = [...fresh.items, ...first.items.slice(overlap + 1)];
  return withPage(before, 0, { ...first, items });
}

/**
 * A later page, read anew: its rows as they are now, without those that went. Of one that looked at another part than
 * before, only what became of the rows that were there.
 */
export function foldPage<T extends Identified>(
  before: Pages<T>,
  index: number,
  fresh: Page<T>,
  limit = 0,
): Pages<T> {
  const page = before.pages[index];
  if (page === undefined || page.items === fresh.items) return before;
  const isSamePart = page.next === fresh.next || !isShort(fresh, limit);
  return withPage(before, index, {
    ...page,
    items: isSamePart ? fresh.items : updated(page.items, fresh.items),
  });
}

/** How many of the first page, read anew, are not among those shown. */
export function unseenIn<T extends Identified>(
  shown: readonly T[] | undefined,
  fresh: Page<T> | undefined,
): { readonly count: number; readonly isMore: boolean } {
  if (shown === undefined || fresh === undefined) return { count: 0, isMore: false };
  const known = new Set(shown.map(({ id }) => id));
  const count = fresh.items.filter(({ id }) => !known.has(id)).length;
  return { count, isMore: count > 0 && count === fresh.items.length && fresh.next !== undefined };
}

/** What a short page found, and below it what was there. */
function joined<T extends Identified>(first: Page<T>, fresh: Page<T>): readonly T[] {
  const last = fresh.items.at(-1);
  const overlap = first.items.findIndex(({ id }) => id === last?.id);
  return [...fresh.items, ...first.items.slice(overlap + 1)];
}

function updated<T extends Identified>(items: readonly T[], fresh: readonly T[]): readonly T[] {
  const changed = new Map(fresh.map((item) => [item.id, item]));
  return items.map((item) => changed.get(item.id) ?? item);
}

function withPage<T>({ pages, pageParams }: Pages<T>, index: number, page: Page<T>): Pages<T> {
  return { pages: pages.map((other, at) => (at === index ? page : other)), pageParams };
}
