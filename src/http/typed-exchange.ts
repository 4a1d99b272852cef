import type { Endpoint } from '../core/declaration';
import { EXCHANGE_NAMES } from '../core/endpoint-schema';
import { HostError } from '../core/errors';
import type { Exchange, RequestHeaders } from '../core/exchange';
import { ENDPOINT } from '../core/exchange-endpoint';
import type { InputName } from './checked-input';
import type { ExchangeView } from './exchange-view';
import type { RequestIssue } from './request-issues';

/** Those that schemas may have made something of. */
const MADE: ReadonlySet<string> = new Set<InputName>(['params', 'query', 'headers', 'fields', 'body']);
/** What is not there before the body is. */
const OF_BODY: ReadonlySet<string> = new Set(['raw', 'text', 'json', 'form', 'files']);

/**
 * How far a request to an endpoint with schemas is. States: entered (its head is checked, early providers ran) → complete
 * (its body is there, and is checked).
 */
export class TypedExchange {
  /** What is wrong with it, told all at once when the body was checked. */
  issues: readonly RequestIssue[] = [];
  isBodyThere = false;
  isComplete = false;
  /** Only of parts that have a schema. */
  readonly made: { params?: unknown; query?: unknown; headers?: unknown; fields?: unknown; body?: unknown } =
    {};
  /** What plugin code gets: what schemas made stands in the place of what came, and what was provided stands beside. */
  readonly given: Exchange;

  constructor(readonly whole: ExchangeView) {
    this.given = new GivenExchange(this) as unknown as Exchange;
  }

  /** What a provider made, under its name; even one called `__proto__` is no more than that. */
  provide(name: string, value: unknown): void {
    Object.defineProperty(this.given, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

/** Has no names of its own but those of an exchange: all others are the plugin's. The host goes on with the request as it came. */
class GivenExchange {
  readonly #typed: TypedExchange;
  #headers: unknown;

  static {
    for (const name of EXCHANGE_NAMES) {
      if (MADE.has(name)) continue;
      const get = OF_BODY.has(name)
        ? function (this: GivenExchange) {
            needBody(this.#typed, name);
            return this.#typed.whole[name];
          }
        : function (this: GivenExchange) {
            return this.#typed.whole[name];
          };
      Object.defineProperty(GivenExchange.prototype, name, { configurable: true, get });
    }
  }

  constructor(typed: TypedExchange) {
    this.#typed = typed;
  }

  get [ENDPOINT](): Endpoint {
    return this.#typed.whole[ENDPOINT];
  }

  get params(): unknown {
    const { made, whole } = this.#typed;
    return 'params' in made ? made.params : whole.params;
  }
  get query(): unknown {
    const { made, whole } = this.#typed;
    return 'query' in made ? made.query : whole.query;
  }
  get headers(): unknown {
    const { made, whole } = this.#typed;
    if (!('headers' in made)) return whole.headers;
    return (this.#headers ??= withLookups(made.headers, whole.headers));
  }
  get fields(): unknown {
    const { made, whole } = needBody(this.#typed, 'fields');
    return 'fields' in made ? made.fields : whole.fields;
  }
  get body(): unknown {
    const { made, whole } = needBody(this.#typed, 'body');
    return 'body' in made ? made.body : whole.body;
  }
}

/** Where names are looked up in headers by code that serves endpoints with and without a schema for them. */
function withLookups(made: unknown, headers: RequestHeaders): unknown {
  if (typeof made !== 'object' || made === null || 'get' in made) return made;
  const lookups = {
    get: { value: (name: string) => headers.get(name) },
    getAll: { value: (name: string) => headers.getAll(name) },
    has: { value: (name: string) => headers.has(name) },
  };
  return Object.defineProperties({ ...made }, lookups);
}

/** @throws endpoint/body-not-there */
function needBody(typed: TypedExchange, name: string): TypedExchange {
  if (!typed.isBodyThere) throw new HostError('endpoint/body-not-there', [name]);
  return typed;
}
