import { useCallback, useMemo, useState } from 'react';

/** Which rows of a list are chosen. */
export interface RowSelection {
  readonly ids: ReadonlySet<string>;
  toggle(id: string): void;
  set(ids: readonly string[]): void;
}

export function useRowSelection(): RowSelection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((id: string) => {
    setIds((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const set = useCallback((all: readonly string[]) => setIds(new Set(all)), []);
  return useMemo(() => ({ ids, toggle, set }), [ids, toggle, set]);
}
