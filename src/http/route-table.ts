import findMyWay from 'find-my-way';
import type { Endpoint } from '../core/declaration';
import type { Target } from './target';

export interface Match {
  readonly target: Target;
  readonly params: Readonly<Record<string, string>>;
}
interface SubtreeMatch extends Match {
  /** How much of the path the subtree's prefix took; 0 for `/`. */
  readonly taken: number;
}
/** What the radix table holds: a target, and the author's name for the rest of the path. */
interface Leaf {
  readonly target: Target;
  readonly tail: string | undefined;
}
interface Found {
  readonly store: Leaf;
  readonly params: Record<string, string>;
}
interface Subtree {
  readonly target: Target;
  readonly segments: readonly string[];
}

/** Everything a target may be asked with; `ALL` stands for these. HEAD and OPTIONS are answered besides. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const KNOWN: readonly string[] = [...METHODS, 'HEAD', 'OPTIONS'];
const noHandler = () => undefined;
const noQuery = () => undefined;

/**
 * The addresses of one mount below one base: a radix table of exact endpoints, then subtrees in order. Built
 * once per generation. Paths are asked for without query, starting with `/`, as they came.
 */
export class RouteTable {
  /** Undefined where no exact endpoint is: a mount of Routers alone needs no radix table. */
  readonly #exact: findMyWay.Instance<findMyWay.HTTPVersion.V1> | undefined;
  readonly #subtrees: Subtree[] = [];

  constructor(
    entries: readonly { readonly path: string; readonly target: Target }[],
    maxParamLength: number,
  ) {
    // The endpoints of one method first: they win over `ALL` at the same path.
    const exact = entries.filter(({ target }) => target.endpoint.reach === 'exact');
    const specific = exact.filter(({ target }) => target.endpoint.method !== 'ALL');
    const general = exact.filter(({ target }) => target.endpoint.method === 'ALL');
    if (exact.length > 0) this.#exact = radixTable([...specific, ...general], maxParamLength);
    for (const { path, target } of entries)
      if (target.endpoint.reach === 'subtree')
        this.#subtrees.push({ target, segments: path.split('/').filter((segment) => segment !== '') });
  }

  /** The exact endpoint that answers; HEAD falls back to GET. */
  find(method: string, path: string): Match | undefined {
    const table = this.#exact;
    if (table === undefined) return undefined;
    let found = table.find(method as findMyWay.HTTPMethod, path) as unknown as Found | null;
    if (found === null && method === 'HEAD') found = table.find('GET', path) as unknown as Found | null;
    if (found === null) return undefined;
    const { target, tail } = found.store;
    return { target, params: tail === undefined ? found.params : renameTail(found.params, tail) };
  }

  /** The methods that exact endpoints answer at `path`, for `Allow`; empty when none is there. */
  allowed(path: string): string[] {
    const table = this.#exact;
    if (table === undefined) return [];
    const methods = KNOWN.filter((method) => table.find(method as findMyWay.HTTPMethod, path) !== null);
    if (methods.length === 0) return methods;
    if (methods.includes('GET') && !methods.includes('HEAD')) methods.push('HEAD');
    if (!methods.includes('OPTIONS')) methods.push('OPTIONS');
    return methods.sort();
  }

  /** The exact endpoint at `path` of whichever method comes first. */
  anyAt(path: string): Target | undefined {
    const method = KNOWN.find((known) => this.find(known, path) !== undefined);
    return method === undefined ? undefined : this.find(method, path)?.target;
  }

  /** The next subtree at or after `from` that covers `path`, with its index. */
  subtree(path: string, from: number): { readonly match: SubtreeMatch; readonly index: number } | undefined {
    for (let index = from; index < this.#subtrees.length; index += 1) {
      const match = cover(this.#subtrees[index] as Subtree, path);
      if (match !== undefined) return { match, index };
    }
    return undefined;
  }
}

/** Where a method and path are claimed twice, the first claim holds. */
function radixTable(
  entries: readonly { readonly path: string; readonly target: Target }[],
  maxParamLength: number,
): findMyWay.Instance<findMyWay.HTTPVersion.V1> {
  const options = {
    ignoreTrailingSlash: true,
    caseSensitive: true,
    maxParamLength,
    querystringParser: noQuery,
  };
  const table = findMyWay(options);
  const taken = new Set<string>();
  for (const { path, target } of entries) {
    const star = path.indexOf('/*');
    const tail = star === -1 ? undefined : path.slice(star + 2);
    const pattern = star === -1 ? path : `${path.slice(0, star)}/*`;
    for (const method of methodsOf(target.endpoint)) {
      const slot = `${method} ${path.replace(/\/([:*])[^/]+/g, '/$1')}`;
      if (taken.has(slot)) continue;
      taken.add(slot);
      table.on(method as findMyWay.HTTPMethod, pattern, noHandler, { target, tail } satisfies Leaf);
    }
  }
  return table;
}

function methodsOf(endpoint: Endpoint): readonly string[] {
  return endpoint.method === 'ALL' ? METHODS : [endpoint.method];
}

/** The radix table calls the rest of a path `*`. */
function renameTail(params: Record<string, string>, name: string): Record<string, string> {
  const { '*': rest = '', ...others } = params;
  return Object.assign(Object.create(null) as Record<string, string>, others, { [name]: rest });
}

/** Matches a subtree's prefix segment by segment against the raw path; a literal is compared decoded. */
function cover(subtree: Subtree, path: string): SubtreeMatch | undefined {
  const { segments, target } = subtree;
  if (segments.length === 0) return { target, params: NO_PARAMS, taken: 0 };
  const params = Object.create(null) as Record<string, string>;
  let at = 0;
  for (const segment of segments) {
    if (path[at] !== '/') return undefined;
    const slash = path.indexOf('/', at + 1);
    const end = slash === -1 ? path.length : slash;
    const text = decodeURIComponent(path.slice(at + 1, end));
    if (segment.startsWith('*'))
      return { target, params: { ...params, [segment.slice(1)]: text }, taken: at };
    if (segment.startsWith(':')) params[segment.slice(1)] = text;
    else if (segment !== text) return undefined;
    if (text === '') return undefined;
    at = end;
  }
  return { target, params, taken: at };
}
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze(
  Object.create(null) as Record<string, string>,
);
