import { memo, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { RowSelection } from './bulk-selection';
import type { Identified } from './infinite-rows-data';
import styles from './infinite-rows.module.css';

export interface RowColumn<T> {
  readonly key: string;
  readonly title: string;
  /** A track of a CSS grid, as in `minmax(0, 2fr)`. */
  readonly width: string;
  /** Where the screen is narrow. */
  readonly narrowWidth?: string;
  /** Left out where the screen is narrow. */
  readonly isWide?: boolean;
  readonly cell: (row: T) => ReactNode;
}

interface RowProps<T> {
  readonly row: T;
  readonly elementId: string;
  readonly index: number;
  /** Of the list, px. */
  readonly top: number;
  readonly columns: readonly RowColumn<T>[];
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly selection: RowSelection | undefined;
  readonly hrefOf: (row: T) => string;
  readonly nameOf: (row: T) => string;
  readonly onActive: (id: string) => void;
}

function PlainRow<T extends Identified>(props: RowProps<T>) {
  const { row, elementId, index, top, columns, isActive, isSelected, selection } = props;
  const [, navigate] = useLocation();
  return (
    <div
      id={elementId}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selection === undefined ? undefined : isSelected}
      data-active={isActive}
      className={styles['row']}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => {
        props.onActive(row.id);
        const within = (event.target as HTMLElement).closest('a, button, input, label');
        if (within === null && String(getSelection()) === '') navigate(props.hrefOf(row));
      }}
    >
      {selection !== undefined && (
        <span role="gridcell">
          <input
            type="checkbox"
            className={styles['check']}
            tabIndex={-1}
            aria-label={`Select ${props.nameOf(row)}`}
            checked={isSelected}
            onChange={() => selection.toggle(row.id)}
          />
        </span>
      )}
      {columns.map(({ key, cell }) => (
        <span key={key} role="gridcell" className={styles['cell']}>
          {cell(row)}
        </span>
      ))}
    </div>
  );
}

/** One row in view: drawn anew only when something of it changed, so that scrolling costs the rows that come into view. */
export const InfiniteRow = memo(PlainRow) as typeof PlainRow;
