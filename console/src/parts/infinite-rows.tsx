import { Button, Loader } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useMemo, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Failure } from './failure';
import type { Identified, InfiniteList } from './infinite-rows-data';
import { useRowKeys } from './infinite-rows-keys';
import { InfiniteRow, type RowColumn } from './infinite-rows-row';
import styles from './infinite-rows.module.css';
import type { RowSelection } from './bulk-selection';

interface InfiniteRowsProps<T extends Identified> {
  /** For screen readers: what is listed. */
  readonly label: string;
  readonly list: InfiniteList<T>;
  readonly columns: readonly RowColumn<T>[];
  readonly hrefOf: (row: T) => string;
  /** For screen readers: what a row is. */
  readonly nameOf: (row: T) => string;
  readonly selection?: RowSelection | undefined;
  /** In place of the list when nothing is in it. */
  readonly empty: ReactNode;
}

const ROW_PX = 34;
/** So many rows before the end the next page is asked for. */
const AHEAD = 60;

/**
 * A list of any length: only the rows in view are in the page. Arrows or j and k move, Enter opens, the space bar or x
 * selects.
 */
export function InfiniteRows<T extends Identified>(props: InfiniteRowsProps<T>) {
  const { label, list, columns, hrefOf, nameOf, selection, empty } = props;
  const { rows } = list;
  const [, navigate] = useLocation();
  const scroller = useRef<HTMLDivElement>(null);
  const base = useId();
  const isNarrow = useMediaQuery('(max-width: 48em)') === true;
  const shown = useMemo(
    () => (isNarrow ? columns.filter(({ isWide }) => isWide !== true) : columns),
    [columns, isNarrow],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
    scrollPaddingStart: ROW_PX,
  });
  const items = virtualizer.getVirtualItems();
  useView(list, {
    isAtTop: (virtualizer.scrollOffset ?? 0) < ROW_PX,
    lastIndex: items.at(-1)?.index ?? 0,
    isScrolling: virtualizer.isScrolling,
  });
  const keys = useRowKeys({
    rows,
    scroller,
    reveal: (index) => virtualizer.scrollToIndex(index),
    open: (row) => navigate(hrefOf(row)),
    select: (row) => selection?.toggle(row.id),
  });
  if (list.isLoading) return <Loader size="sm" role="status" aria-label="Loading" />;
  if (rows.length === 0) return list.error === undefined ? empty : <Failed list={list} />;
  const columnsOfGrid = [
    ...(selection ? ['20px'] : []),
    ...shown.map(({ width, narrowWidth }) => (isNarrow ? (narrowWidth ?? width) : width)),
  ].join(' ');
  return (
    <div className={styles.box} style={{ '--columns': columnsOfGrid } as CSSProperties}>
      {list.error !== undefined && <Failed list={list} />}
      <News list={list} onShow={() => virtualizer.scrollToOffset(0)} />
      <div
        ref={scroller}
        className={styles.scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={list.hasMore ? -1 : rows.length + 1}
        aria-multiselectable={selection !== undefined}
        aria-activedescendant={keys.activeId === undefined ? undefined : `${base}${keys.activeId}`}
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
      >
        <Heads columns={shown} selection={selection} loaded={rows} />
        <div className={styles.body} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return undefined;
            return (
              <InfiniteRow
                key={row.id}
                {...{ row, index, columns: shown, selection, hrefOf, nameOf }}
                elementId={`${base}${row.id}`}
                top={start}
                isActive={keys.activeId === row.id}
                isSelected={selection?.ids.has(row.id) === true}
                onActive={keys.setActive}
              />
            );
          })}
        </div>
      </div>
      <Foot list={list} />
    </div>
  );
}

interface View {
  readonly isAtTop: boolean;
  readonly lastIndex: number;
  readonly isScrolling: boolean;
}

/** Tells the list where its reader is, and asks for more before it is needed. */
function useView<T>(list: InfiniteList<T>, { isAtTop, lastIndex, isScrolling }: View): void {
  const { setView } = list;
  const wasAtTop = useRef(isAtTop);
  useEffect(() => {
    // While it moves nobody reads, and nothing is asked for again; but whoever left the top is not to be moved from then on.
    if (isScrolling && wasAtTop.current === isAtTop) return;
    wasAtTop.current = isAtTop;
    setView({ index: lastIndex, isAtTop });
  }, [setView, isScrolling, lastIndex, isAtTop]);
  const isNear = lastIndex >= list.rows.length - AHEAD;
  useEffect(() => {
    if (isNear) list.loadMore();
  });
}

interface HeadsProps<T> {
  readonly columns: readonly RowColumn<T>[];
  readonly selection: RowSelection | undefined;
  readonly loaded: readonly Identified[];
}

function Heads<T>({ columns, selection, loaded }: HeadsProps<T>) {
  return (
    <div role="rowgroup">
      <div role="row" aria-rowindex={1} className={styles.head}>
        {selection !== undefined && (
          <span role="columnheader">
            <input
              type="checkbox"
              className={styles['check']}
              tabIndex={-1}
              aria-label="Select all that are loaded"
              checked={selection.ids.size > 0 && selection.ids.size >= loaded.length}
              ref={(box) => {
                if (box !== null)
                  box.indeterminate = selection.ids.size > 0 && selection.ids.size < loaded.length;
              }}
              onChange={() => selection.set(selection.ids.size > 0 ? [] : loaded.map(({ id }) => id))}
            />
          </span>
        )}
        {columns.map(({ key, title }) => (
          <span key={key} role="columnheader" className={styles.cell}>
            {title}
          </span>
        ))}
      </div>
    </div>
  );
}

function News<T>({ list, onShow }: { readonly list: InfiniteList<T>; readonly onShow: () => void }) {
  const { count, isMore } = list.unseen;
  if (count === 0) return undefined;
  return (
    <Button
      className={styles.news}
      size="compact-sm"
      onClick={() => {
        list.showUnseen();
        onShow();
      }}
    >
      {count}
      {isMore ? '+' : ''} new
    </Button>
  );
}

function Foot<T>({ list }: { readonly list: InfiniteList<T> }) {
  const [shown, setShown] = useState(false);
  const { isLoadingMore } = list;
  // Not for every page of a fast scroll.
  useEffect(() => {
    const timer = setTimeout(() => setShown(isLoadingMore), isLoadingMore ? 200 : 0);
    return () => clearTimeout(timer);
  }, [isLoadingMore]);
  return (
    <div className={styles.foot}>
      <span>
        {list.rows.length.toLocaleString('en')} {list.hasMore ? 'loaded, more below' : 'in all'}
      </span>
      {shown && <span>Loading…</span>}
    </div>
  );
}

function Failed<T>({ list }: { readonly list: InfiniteList<T> }) {
  return (
    <>
      <Failure error={list.error} />
      <Button variant="default" size="xs" mt="xs" onClick={list.reload}>
        Try again
      </Button>
    </>
  );
}
