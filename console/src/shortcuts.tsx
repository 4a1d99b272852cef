import { Kbd, Modal, Table } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { pages } from './pages';

interface ShortcutsProps {
  readonly isShown: boolean;
  readonly onShow: () => void;
  readonly onClose: () => void;
}

/** Between `g` and the letter. */
const PAIR_MS = 1_500;

const OTHERS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['/'], 'To the search of the page'],
  [['↑', '↓'], 'From row to row of a table'],
  [['Enter'], 'Open the row'],
  [['?'], 'These keys'],
];

/** Keys that work on each page, while nobody writes: `g` and a letter go to a page, `/` to its search, `?` lists them. */
export function Shortcuts({ isShown, onShow, onClose }: ShortcutsProps) {
  const [, navigate] = useLocation();
  const wentAt = useRef(-PAIR_MS);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const isPair = event.timeStamp - wentAt.current < PAIR_MS;
      wentAt.current = event.key === 'g' && !isPair ? event.timeStamp : -PAIR_MS;
      const page = isPair ? pages.find(({ letter }) => letter === event.key) : undefined;
      if (page !== undefined) navigate(page.path);
      else if (event.key === '?') onShow();
      else if (event.key !== '/' || !focusSearch()) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, onShow]);
  return (
    <Modal opened={isShown} onClose={onClose} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Table verticalSpacing={4}>
        <Table.Tbody>
          {pages.map(({ letter, title }) =>
            letter === undefined ? undefined : <KeyRow key={title} keys={['g', letter]} does={title} />,
          )}
          {OTHERS.map(([keys, does]) => (
            <KeyRow key={does} keys={keys} does={does} />
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function KeyRow({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <Table.Tr>
      <Table.Td w="6rem">
        {keys.map((key) => (
          <Kbd key={key} mr={4}>
            {key}
          </Kbd>
        ))}
      </Table.Td>
      <Table.Td>{does}</Table.Td>
    </Table.Tr>
  );
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [role="dialog"]') !== null;
}

function focusSearch(): boolean {
  const search = document.querySelector<HTMLElement>('main input[type="search"]');
  search?.focus();
  return search !== null;
}
