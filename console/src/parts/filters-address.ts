import { useCallback, useMemo } from 'react';
import { useLocation } from 'wouter';
import { useHashSearch } from '../hash-location';

export type Filters = Readonly<Record<string, string>>;

/** The filters of a page, which stand in its address; `names` are those it knows. */
export function useFilters(names: readonly string[]) {
  const query = useHashSearch();
  const [path, navigate] = useLocation();
  const values = useMemo<Filters>(() => {
    const all = [...new URLSearchParams(query)];
    return Object.fromEntries(all.filter(([name, value]) => names.includes(name) && value !== ''));
  }, [query, names]);
  const set = useCallback(
    (changes: Readonly<Record<string, string | undefined>>) => {
      const entries = Object.entries({ ...values, ...changes });
      navigate(withQuery(path, Object.fromEntries(entries)), { replace: true });
    },
    [values, path, navigate],
  );
  return { values, set };
}

/** `path` with what is given of `values` as its query. */
export function withQuery(path: string, values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return given.length === 0 ? path : `${path}?${String(new URLSearchParams(given))}`;
}
