import type { RequestHandler } from 'express';
import type { Exchange, Method } from '../core/exchange';
import type { GateOptions } from '../core/gate-options';
import type { DeclareAt, DeclareEndpoint } from './endpoint-forms';
import type { DescribingOptions, EndpointDefinition, Provided, Providers } from './endpoint-types';
import type { ProvideLayer } from './provided';

/** Under this, a router carries what was declared on it; a registered symbol, for copies to agree on. */
const API_ROUTER: unique symbol = Symbol.for('gatehouse.api-router') as never;

/** What all endpoints of a router have in common, where they do not say it themselves. */
export interface ApiRouterOptions extends GateOptions, Pick<DescribingOptions, 'deprecated' | 'errors'> {
  /** Before the path of each endpoint; may have parameters. */
  readonly prefix?: string | undefined;
  /** Before the tags of each endpoint. */
  readonly tags?: readonly string[] | undefined;
  /** Express middleware before that of each endpoint. */
  readonly use?: readonly RequestHandler[] | undefined;
}

/** What was declared on a router, in order, for whoever mounts it. */
export interface RouterReading {
  readonly options: ApiRouterOptions & { readonly provide?: unknown };
  readonly items: readonly RouterItem[];
}
/** What stood around an endpoint or an included router when it was declared. */
interface Around {
  readonly use: readonly RequestHandler[];
  readonly layers: readonly ProvideLayer[];
}
export type RouterItem = Around &
  (
    | { readonly where: string; readonly definition: EndpointDefinition; readonly handler: unknown }
    | { readonly where: string; readonly router: unknown }
  );

/** What can be mounted or included, where values of type `Needs` are provided. */
export interface MountableRouter<Needs = unknown> {
  readonly [API_ROUTER]: RouterReading;
  /** Never there: keeps a router from where its values are not provided. */
  readonly needs?: ((given: Needs) => void) | undefined;
}

/**
 * Endpoints that share a prefix, tags, access, middleware and provided values. It does nothing until it is mounted
 * (`plugin.mountRouter(() => router)`) or included, and may be so more than once. What is wrong with it is told then.
 */
export class ApiRouter<
  Given = unknown,
  Needs = unknown,
  Prefix extends string = '',
> implements MountableRouter<Needs> {
  /** How it is read; not for authors. */
  readonly [API_ROUTER]: RouterReading & { readonly items: RouterItem[] };
  declare readonly needs?: ((given: Needs) => void) | undefined;
  #around: Around;

  /** Declares an endpoint for GET; HEAD is answered too. */
  readonly get: DeclareAt<this, Given, Prefix> = this.#short('GET');
  readonly post: DeclareAt<this, Given, Prefix> = this.#short('POST');
  readonly put: DeclareAt<this, Given, Prefix> = this.#short('PUT');
  readonly patch: DeclareAt<this, Given, Prefix> = this.#short('PATCH');
  readonly delete: DeclareAt<this, Given, Prefix> = this.#short('DELETE');
  readonly endpoint: DeclareEndpoint<this, Given, Prefix> = (definition, handler) => {
    const written = definition as EndpointDefinition;
    return this.#add(`endpoint(${written?.method} ${quoted(written?.path)})`, written, handler);
  };

  constructor(options: RouterReading['options'] = {}) {
    this[API_ROUTER] = { options, items: [] };
    const { use, provide } = Object(options) as RouterReading['options'];
    this.#around = {
      use: Array.isArray(use) ? use : [],
      layers: provide === undefined ? [] : [{ providers: provide }],
    };
  }

  /** Express middleware of what is declared from here on. */
  use(...middleware: readonly RequestHandler[]): this {
    const { use, layers } = this.#around;
    this.#around = { use: [...use, ...middleware], layers };
    return this;
  }

  /**
   * Values for each request of what is declared from here on: on the router that is answered, which is this one, their types
   * are known. `needs: 'body'`: made once the body is there and was checked.
   */
  provide<Added extends Provided>(
    providers: Providers<Exchange & Given, Added>,
    options: { readonly needs?: 'body' } = {},
  ): ApiRouter<Given & Added, Needs, Prefix> {
    const { use, layers } = this.#around;
    this.#around = { use, layers: [...layers, { providers, needsBody: options.needs === 'body' }] };
    return this as unknown as ApiRouter<Given & Added, Needs, Prefix>;
  }

  /** Takes in all endpoints of another router, below the prefix of this one; what stands around it stands around those. */
  include(router: MountableRouter<Given>): this {
    this[API_ROUTER].items.push({ where: 'include()', router, ...this.#around });
    return this;
  }

  #short(method: Method): DeclareAt<this, Given, Prefix> {
    return (path: string, ...rest: unknown[]) => {
      const [options, handler] = rest.length > 1 ? rest : [{}, rest[0]];
      const definition = { ...(options as EndpointDefinition), method, path };
      return this.#add(`${method.toLowerCase()}(${quoted(path)})`, definition, handler);
    };
  }

  #add(where: string, definition: EndpointDefinition, handler: unknown): this {
    this[API_ROUTER].items.push({ where, definition, handler, ...this.#around });
    return this;
  }
}

/** What was declared on a router, of whatever copy of this module; undefined for anything else. */
export function routerReading(value: unknown): RouterReading | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Partial<MountableRouter>)[API_ROUTER];
}

/**
 * A router to declare endpoints on, apart from any plugin. Where it is to be included below a router that provides values,
 * name those: `createRouter<{ user: User }>()`.
 */
export function createRouter<Added extends Provided, const Prefix extends string = ''>(
  options: ApiRouterOptions & {
    readonly prefix?: Prefix | undefined;
    readonly provide: Providers<Exchange, Added>;
  },
): ApiRouter<Added, unknown, Prefix>;
export function createRouter<const Prefix extends string>(
  options: ApiRouterOptions & { readonly prefix: Prefix },
): ApiRouter<unknown, unknown, Prefix>;
export function createRouter<Needs = unknown>(options?: ApiRouterOptions): ApiRouter<Needs, Needs>;
export function createRouter(options: RouterReading['options'] = {}): ApiRouter {
  return new ApiRouter(options);
}

const quoted = (value: unknown): string => JSON.stringify(value) ?? String(value);
