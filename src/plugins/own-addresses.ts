import type { Endpoint } from '../core/declaration';
import { hasSignedUrl } from '../core/endpoint-path';
import { RESERVED_SEGMENTS } from '../core/mount';
import type { PluginKey } from '../core/plugin-key';
import { SegmentTree } from '../core/segment-tree';

/** What Routers and endpoints of method `ALL` answer; that of most senders first. */
const ROUTED: readonly string[] = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'];
const METHODS: readonly string[] = [...ROUTED, 'HEAD', 'OPTIONS'];

/** An address of an endpoint, from the plugin's prefix on. */
interface Place {
  readonly path: string;
  readonly endpoint: Endpoint;
}
interface MethodPlaces {
  readonly own: SegmentTree<Place>;
  /** Asked where there is no own one: old addresses below the plugin's prefix. */
  readonly old: SegmentTree<Place>;
}

/** The addresses below one plugin's prefix, matched as requests are, but by path alone. */
export class OwnAddresses {
  readonly #byMethod = new Map<string, MethodPlaces>();
  readonly #routers: readonly { readonly endpoint: Endpoint; readonly covered: SegmentTree<Place> }[];

  constructor(plugin: PluginKey, endpoints: readonly Endpoint[]) {
    const exact = endpoints.filter(({ reach }) => reach === 'exact');
    for (const wanted of METHODS) {
      // Those of one method first: they win over `ALL` at the same path.
      const answering = [
        ...exact.filter(({ method }) => method === wanted),
        ...exact.filter(({ method }) => method === 'ALL' && ROUTED.includes(wanted)),
      ];
      this.#byMethod.set(wanted, {
        own: treeOf(answering.flatMap(ownPlaces)),
        old: treeOf(answering.flatMap((endpoint) => oldPlaces(plugin, endpoint))),
      });
    }
    this.#routers = endpoints
      .filter(({ reach }) => reach === 'subtree')
      .map((endpoint) => ({ endpoint, covered: treeOf(coveredPlaces(endpoint)) }));
  }

  /**
   * The endpoint with a signed address that a request for `path` reaches by whichever method, the narrowest of several;
   * else the first such Router that it passes. `path` starts with `/` and has no query.
   */
  signedAt(path: string): Endpoint | undefined {
    if (!isDecodable(path)) return undefined;
    const found = path.includes('//') ? new Map<string, Place>() : this.#exactAt(path);
    const signed = [...found.values()].filter(({ endpoint }) => hasSignedUrl(endpoint));
    if (signed.length > 0) return treeOf(signed).find(path)?.target.endpoint;
    const isRouted = ROUTED.some((method) => !found.has(method));
    if (!isRouted || RESERVED_SEGMENTS.includes(path.split('/')[1] ?? '')) return undefined;
    return this.#routers.find(({ endpoint, covered }) => hasSignedUrl(endpoint) && covered.find(path))
      ?.endpoint;
  }

  /** What answers, by method. */
  #exactAt(path: string): Map<string, Place> {
    const found = new Map<string, Place>();
    for (const [method, { own, old }] of this.#byMethod) {
      const match = own.find(path) ?? old.find(path);
      if (match !== undefined) found.set(method, match.target);
    }
    return found;
  }
}

function treeOf(places: readonly Place[]): SegmentTree<Place> {
  const tree = new SegmentTree<Place>();
  for (const place of places) tree.put(place.path, place);
  return tree;
}

/** None where it yielded its path to another declaration. */
function ownPlaces(endpoint: Endpoint): Place[] {
  return endpoint.path === '' ? [] : [{ path: endpoint.path, endpoint }];
}

function oldPlaces(plugin: PluginKey, endpoint: Endpoint): Place[] {
  const prefix = `/api/plugin/${plugin}`;
  return endpoint.aliases
    .filter(({ base }) => base.startsWith(`${prefix}/`))
    .map(({ base, path }) => ({ path: base.slice(prefix.length) + path, endpoint }));
}

function coveredPlaces(endpoint: Endpoint): Place[] {
  return [
    { path: endpoint.path, endpoint },
    { path: `${endpoint.path}/*rest`, endpoint },
  ];
}

/** What is not is refused before it is matched. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
