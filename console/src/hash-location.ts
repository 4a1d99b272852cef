import { useSyncExternalStore } from 'react';

/**
 * Addresses of the console, as in `#/deliveries?plugin=acme.ci`: path and query both stand behind the `#`, so a page's
 * filters live and die with its address, and it can be opened anew from a bookmark or in another tab.
 */
const useHashLocation = (): [string, typeof navigate] => [
  useSyncExternalStore(listen, currentPath),
  navigate,
];

/** The query of the address as it is written, without `?`. */
export const useHashSearch = (): string => useSyncExternalStore(listen, currentQuery);

/** For wouter's `Router`. */
export const hashLocation = Object.assign(useHashLocation, {
  hrefs: (path: string) => `#${path}`,
  searchHook: useHashSearch,
});

const currentPath = () => split()[0];
const currentQuery = () => split()[1];

function split(): readonly [path: string, query: string] {
  const [path = '', ...rest] = location.hash.replace(/^#?\/?/, '').split('?');
  return [`/${path}`, rest.join('?')];
}

function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const address = `#${to.startsWith('/') ? to : `/${to}`}`;
  if (replace) history.replaceState(history.state, '', address);
  else history.pushState(undefined, '', address);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function listen(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
