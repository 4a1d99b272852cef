import { Table } from '@mantine/core';
import type { KeyboardEvent, ReactNode } from 'react';

export interface DataColumn<T> {
  readonly key: string;
  readonly header: ReactNode;
  readonly cell: (row: T) => ReactNode;
  readonly align?: 'left' | 'right';
  /** Of CSS, as in `12rem`. */
  readonly width?: string;
  /** Stays in view at the right edge, however far the table is scrolled. */
  readonly isAtHand?: boolean;
}
interface DataTableProps<T> {
  /** For screen readers: what is listed. */
  readonly label: string;
  readonly columns: readonly DataColumn<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  /** By a click or Enter; arrows go from row to row. */
  readonly onOpen?: (row: T) => void;
  /** Of CSS; what is longer scrolls below its heads. */
  readonly maxHeight?: string;
}

/** A table whose heads stay in view; on a narrow screen it scrolls, and the page does not. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, columns, rows, rowKey, onOpen, maxHeight = '75vh' } = props;
  return (
    <div className="table-box" style={{ maxHeight }} tabIndex={0} role="region" aria-label={label}>
      <Table highlightOnHover={onOpen !== undefined} stickyHeader verticalSpacing={6} fz="sm">
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ key, header, align = 'left', width, isAtHand }) => (
              <Table.Th key={key} ta={align} w={width} scope="col" data-at-hand={isAtHand}>
                {header}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)} {...(onOpen === undefined ? {} : openable(() => onOpen(row)))}>
              {columns.map(({ key, cell, align = 'left', isAtHand }) => (
                <Table.Td key={key} ta={align} data-at-hand={isAtHand}>
                  {cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function openable(open: () => void) {
  return {
    tabIndex: 0,
    className: 'opens',
    onClick: (event: React.MouseEvent<HTMLElement>) => {
      // Links and buttons within do their own; a text that is being selected stays.
      if (isOwn(event.target, event.currentTarget) && String(getSelection()) === '') open();
    },
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      if (event.target !== event.currentTarget) return;
      if (event.key === 'Enter') open();
      else if (!moveFocus(event)) return;
      event.preventDefault();
    },
  };
}

/** Not what stands in a dialog that the row opened, and does its own. */
function isOwn(target: EventTarget, row: HTMLElement): boolean {
  if (!(target instanceof Element) || !row.contains(target)) return false;
  const within = target.closest('a, button, input, select, label');
  return within === null || !row.contains(within);
}

function moveFocus({ key, currentTarget }: KeyboardEvent<HTMLElement>): boolean {
  const next =
    key === 'ArrowDown'
      ? currentTarget.nextElementSibling
      : key === 'ArrowUp'
        ? currentTarget.previousElementSibling
        : undefined;
  if (!(next instanceof HTMLElement)) return false;
  next.focus();
  return true;
}
