import { useEffect, useState, type KeyboardEvent, type RefObject } from 'react';
import type { Identified } from './infinite-rows-data';

interface RowKeysOptions<T> {
  readonly rows: readonly T[];
  readonly scroller: RefObject<HTMLElement | null>;
  reveal(index: number): void;
  open(row: T): void;
  select(row: T): void;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  j: 1,
  ArrowUp: -1,
  k: -1,
  PageDown: 15,
  PageUp: -15,
  End: Number.MAX_SAFE_INTEGER,
  Home: -Number.MAX_SAFE_INTEGER,
};

/** Which row the keys are at. `j` and `k` work wherever nothing else takes them. */
export function useRowKeys<T extends Identified>(options: RowKeysOptions<T>) {
  const { rows, scroller } = options;
  const [activeId, setActive] = useState<string>();
  const press = (key: string): boolean => {
    const at = rows.findIndex(({ id }) => id === activeId);
    const step = STEPS[key];
    if (step !== undefined) {
      const index = Math.max(0, Math.min(rows.length - 1, at + step));
      setActive(rows[index]?.id);
      options.reveal(index);
      return true;
    }
    const row = rows[at];
    if (row === undefined) return false;
    if (key === 'Enter') options.open(row);
    else if (key === ' ' || key === 'x') options.select(row);
    else return false;
    return true;
  };
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      const { key, target, ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey || event.defaultPrevented || (key !== 'j' && key !== 'k')) return;
      const place = target as HTMLElement;
      if (scroller.current === null || scroller.current.contains(place) || isTaken(place)) return;
      scroller.current.focus();
      press(key);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Of a link or a box within, Enter and space are its own.
    if (event.target !== event.currentTarget && STEPS[event.key] === undefined) return;
    if (press(event.key)) event.preventDefault();
  };
  return { activeId, setActive, onKeyDown };
}

function isTaken(place: HTMLElement): boolean {
  return place.closest('input, textarea, select, [role="dialog"], [contenteditable]') !== null;
}
