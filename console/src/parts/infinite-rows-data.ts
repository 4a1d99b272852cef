import {
  useInfiniteQuery,
  useQueryClient,
  type InfiniteData,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Page } from '../../../src/core/ports/inbox-desk';
import { ask } from '../api';
import { useRead, type Topic } from '../live';
import { foldFirst, foldPage, unseenIn } from './infinite-rows-fold';

export interface Identified {
  readonly id: string;
}
type Pages<T> = InfiniteData<Page<T>, string | undefined>;

/** Rows of a list that is read page by page, newest first, and what goes on with them. */
export interface InfiniteList<T> {
  readonly rows: readonly T[];
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  loadMore(): void;
  /** How many came since the reader scrolled down; `isMore`: at least so many. */
  readonly unseen: { readonly count: number; readonly isMore: boolean };
  /** Puts what came on top. */
  showUnseen(): void;
  /** Where the reader is: what is in view is kept as it is, the rest is not asked for again. */
  setView(view: { readonly index: number; readonly isAtTop: boolean }): void;
  /** Reads from the beginning. */
  reload(): void;
}

const PAGE = 100;

/** `path` with its filters, as in `/inbox/receipts?plugin=acme.ci`; it is asked again for what changes with `topics`. */
export function useInfiniteList<T extends Identified>(
  path: string,
  topics: readonly Topic[],
): InfiniteList<T> {
  const client = useQueryClient();
  const key = useMemo(() => ['rows', path], [path]);
  const [isAtTop, setAtTop] = useState(true);
  const [page, setPage] = useState(0);
  const at = useCallback((after: string | undefined) => addressOf(path, after), [path]);
  const pages = useInfiniteQuery<Page<T>, Error, Pages<T>, readonly string[], string | undefined>({
    queryKey: key,
    queryFn: async ({ pageParam }) => {
      const read = await ask<Page<T>>('GET', at(pageParam));
      // What is asked for again is first what was just read.
      client.setQueryData(['read', at(pageParam)], read);
      return read;
    },
    initialPageParam: undefined,
    getNextPageParam: (last) => last.next,
    // All pages at once are never asked for again: there may be a thousand.
    staleTime: 'static',
    structuralSharing: false,
  });
  const data = pages.data;
  const { head, change } = useFolded<T>(key, data, { at, topics, page, isAtTop });
  const rows = useMemo(() => distinct(data?.pages ?? []), [data]);
  const { pageOf } = rows;
  const more = useFullPages(pages, rows.all.length);
  const setView = useCallback<InfiniteList<T>['setView']>(
    (view) => {
      setAtTop(view.isAtTop);
      setPage(pageOf(view.index));
    },
    [pageOf],
  );
  const reload = async () => {
    if (data === undefined) return void pages.refetch();
    const { data: fresh } = await head.refetch();
    if (fresh !== undefined) change(() => ({ pages: [fresh], pageParams: [undefined] }));
  };
  return {
    rows: rows.all,
    isLoading: pages.isPending || (rows.all.length === 0 && more.isLooking),
    error: pages.error ?? head.error ?? undefined,
    hasMore: pages.hasNextPage,
    isLoadingMore: pages.isFetchingNextPage,
    loadMore: more.load,
    unseen: useMemo(() => unseenIn(data?.pages[0]?.items, head.data), [data, head.data]),
    showUnseen: () => setAtTop(true),
    setView,
    reload: () => void reload(),
  };
}

/**
 * Pages of a large store may come short (`Page`): the next one is asked for until there is a page more than there was, or
 * the end. What failed is asked for again only by the reader.
 */
function useFullPages(
  {
    hasNextPage,
    isFetching,
    isError,
    fetchNextPage,
  }: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetching' | 'isError' | 'fetchNextPage'>,
  rows: number,
) {
  const [wanted, setWanted] = useState(PAGE);
  const isLooking = hasNextPage && !isError && rows < wanted;
  useEffect(() => {
    if (isLooking && !isFetching) void fetchNextPage();
  }, [isLooking, isFetching, fetchNextPage]);
  const load = () => {
    if (isFetching || !hasNextPage) return;
    setWanted(rows + PAGE);
    void fetchNextPage();
  };
  return { isLooking, load };
}

interface FoldOptions {
  readonly at: (after: string | undefined) => string;
  readonly topics: readonly Topic[];
  readonly page: number;
  readonly isAtTop: boolean;
}

/** Reads the first page and the one in view anew as the topics change, and folds them in. */
function useFolded<T extends Identified>(
  key: readonly string[],
  data: Pages<T> | undefined,
  { at, topics, page, isAtTop }: FoldOptions,
) {
  const client = useQueryClient();
  const change = useCallback(
    (fold: (before: Pages<T>) => Pages<T>) =>
      client.setQueryData<Pages<T>>(key, (before) => (before === undefined ? before : fold(before))),
    [client, key],
  );
  const isThere = data !== undefined;
  const head = useRead<Page<T>>(at(undefined), topics, { enabled: isThere });
  const after = data?.pageParams[page];
  const inView = useRead<Page<T>>(at(after), topics, { enabled: after !== undefined });
  useEffect(() => {
    const fresh = head.data;
    if (fresh !== undefined) change((before) => foldFirst(before, fresh, isAtTop, PAGE));
  }, [head.data, isAtTop, change]);
  useEffect(() => {
    const fresh = inView.data;
    if (after !== undefined && fresh !== undefined) change((before) => foldPage(before, page, fresh, PAGE));
  }, [inView.data, after, page, change]);
  return { head, change };
}

function addressOf(path: string, after: string | undefined): string {
  const mark = path.includes('?') ? '&' : '?';
  return `${path}${mark}limit=${PAGE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
}

/** What was read again may hold what the next page holds as well. */
function distinct<T extends Identified>(pages: readonly Page<T>[]) {
  const all: T[] = [];
  const ends: number[] = [];
  const known = new Set<string>();
  for (const { items } of pages) {
    for (const item of items) {
      if (known.has(item.id)) continue;
      known.add(item.id);
      all.push(item);
    }
    ends.push(all.length);
  }
  const pageOf = (index: number) =>
    Math.max(
      0,
      ends.findIndex((end) => index < end),
    );
  return { all, pageOf };
}
