import { SOCKET_METHOD } from '../core/server-socket';
import { SegmentTree, type Match } from '../core/segment-tree';
import type { Target } from './target';

interface SubtreeMatch extends Match<Target> {
  /** How much of the path the subtree's prefix took; 0 for `/`. */
  readonly taken: number;
}
interface Subtree {
  readonly target: Target;
  readonly segments: readonly string[];
}

/** Everything a target may be asked with; `ALL` stands for these. HEAD and OPTIONS are answered besides. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const KNOWN: readonly string[] = [...METHODS, 'HEAD', 'OPTIONS'];
/** WebSockets are looked up by a method of their own: they stand beside whatever answers GET. */
const ALL_KNOWN: readonly string[] = [...KNOWN, SOCKET_METHOD];

/** By method. A prototype-less object of one shape for all mounts: one object read where a map reads three. */
const Trees = function (this: Record<string, undefined>) {
  for (const method of ALL_KNOWN) this[method] = undefined;
} as unknown as new () => Record<string, SegmentTree<Target> | undefined>;
Trees.prototype = Object.create(null);

/**
 * The addresses of one mount below one base: a tree of exact endpoints per method, then subtrees in order. Built
 * once per generation. Paths are asked for without query, starting with `/`, as they came.
 */
export class RouteTable {
  /** By method: an endpoint of one method does not hide another's at a wider path. */
  readonly #exact = new Trees();
  readonly #subtrees: Subtree[] = [];
  /** By method: endpoints whose senders are set up by requests of other methods than they deliver with. */
  #handshakes: Record<string, SegmentTree<Target> | undefined> | undefined = undefined;

  constructor(entries: readonly { readonly path: string; readonly target: Target }[]) {
    // The endpoints of one method first: they win over `ALL` at the same path.
    const all = entries.filter(({ target }) => target.endpoint.reach === 'exact');
    for (const { path, target } of all)
      if (target.socket !== undefined) this.#tree(SOCKET_METHOD).put(path, target);
    const exact = all.filter(({ target }) => target.socket === undefined);
    for (const { path, target } of exact)
      if (target.endpoint.method !== 'ALL') this.#tree(target.endpoint.method).put(path, target);
    for (const { path, target } of exact)
      if (target.endpoint.method === 'ALL') METHODS.forEach((method) => this.#tree(method).put(path, target));
    for (const { path, target } of exact)
      for (const method of target.guard?.handshake?.methods ?? [])
        if (KNOWN.includes(method)) this.#handshakeTree(method).put(path, target);
    for (const { path, target } of entries)
      if (target.endpoint.reach === 'subtree')
        this.#subtrees.push({ target, segments: path.split('/').filter((segment) => segment !== '') });
  }

  /** The exact endpoint that answers; HEAD falls back to GET. `WEBSOCKET` asks for one that serves those. */
  find(method: string, path: string): Match<Target> | undefined {
    const found = this.#exact[method]?.find(path);
    return found === undefined && method === 'HEAD' ? this.#exact['GET']?.find(path) : found;
  }

  /** The exact endpoint whose sender may be set up by this method, where no endpoint declares it. */
  findHandshake(method: string, path: string): Match<Target> | undefined {
    return this.#handshakes?.[method]?.find(path);
  }

  /** The methods that exact endpoints answer at `path`, for `Allow`; empty when none is there. */
  allowed(path: string): string[] {
    const methods = KNOWN.filter((method) => this.#exact[method]?.find(path) !== undefined);
    // Its handshake is a GET.
    if (!methods.includes('GET') && this.find(SOCKET_METHOD, path) !== undefined) methods.push('GET');
    if (methods.length === 0) return methods;
    if (methods.includes('GET') && !methods.includes('HEAD')) methods.push('HEAD');
    if (!methods.includes('OPTIONS')) methods.push('OPTIONS');
    return methods.sort();
  }

  /** The exact endpoint at `path` of whichever method comes first. */
  anyAt(path: string): Target | undefined {
    const method = ALL_KNOWN.find((known) => this.find(known, path) !== undefined);
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

  #handshakeTree(method: string): SegmentTree<Target> {
    const trees = (this.#handshakes ??= new Trees());
    return (trees[method] ??= new SegmentTree<Target>());
  }

  #tree(method: string): SegmentTree<Target> {
    return (this.#exact[method] ??= new SegmentTree<Target>());
  }
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
