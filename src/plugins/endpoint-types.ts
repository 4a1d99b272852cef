import type { RequestHandler } from 'express';
import type { BodyPolicy, FieldRule, FileRule } from '../core/declaration';
import type { DurableOptions } from '../core/durable-options';
import type { DescribedError } from '../core/endpoint-schema';
import type {
  Awaitable,
  Exchange,
  Method,
  RequestHeaders,
  UploadedFile,
  UploadProgress,
  Values,
} from '../core/exchange';
import type { GateOptions } from '../core/gate-options';
import type { Reply } from '../core/reply';
import type { StandardSchema } from '../core/standard-schema';

type NameIn<Segment extends string> = Segment extends `:${infer Name}`
  ? Name
  : Segment extends `*${infer Name}`
    ? Name
    : never;
type NamesIn<Path extends string> = Path extends `${infer Head}/${infer Rest}`
  ? NameIn<Head> | NamesIn<Rest>
  : NameIn<Path>;

/** The parameters a path pattern captures, by name. */
export type Params<Path extends string> = string extends Path
  ? Readonly<Record<string, string>>
  : { readonly [Name in NamesIn<Path>]: string };

/** A body with a schema that is read in another way, or with another limit, than JSON is by itself. */
export type BodyWithSchema<Body extends MaybeSchema> = Omit<BodyPolicy, 'kind' | 'files' | 'fields'> & {
  readonly kind: 'json' | 'form';
  readonly schema: Body;
};

/** A schema, or none. */
export type MaybeSchema = StandardSchema | undefined;
/** What a schema makes of a value it takes; `Otherwise` where there is no schema. */
export type Made<Schema, Otherwise> =
  Schema extends StandardSchema<infer _Input, infer Output> ? Output : Otherwise;

export type FileRules = Readonly<Record<string, FileRule>>;
/** Of fields: rules, or a schema that converts them. */
export type FieldRules = StandardSchema | Readonly<Record<string, FieldRule>>;

type FileOf<Rule> = Rule extends { readonly maxCount: infer Count }
  ? [Count] extends [1 | undefined]
    ? OneFile<Rule>
    : readonly UploadedFile[]
  : OneFile<Rule>;
type OneFile<Rule> = Rule extends { readonly required: true } ? UploadedFile : UploadedFile | undefined;
type FilesOf<Files> = Files extends FileRules
  ? { readonly [Name in keyof Files]: FileOf<Files[Name]> }
  : Exchange['files'];
type FieldOf<Rule extends FieldRule> = Rule extends { readonly required: true }
  ? string | readonly string[]
  : string | readonly string[] | undefined;
type FieldsOf<Fields> =
  Fields extends StandardSchema<infer _Input, infer Output>
    ? Output
    : Fields extends Readonly<Record<string, FieldRule>>
      ? { readonly [Name in keyof Fields]: FieldOf<Fields[Name]> }
      : Values;

/** Values that stand on the exchange besides: what was provided. */
export type Provided = object;

/** A value made for each request: from the exchange as it is `Seen` before, or a service by its token (`inject(token)`). */
export type Provider<Seen, Value> = ((exchange: Seen) => Awaitable<Value>) | Injected<Value>;
export type Providers<Seen, Values extends Provided> = {
  readonly [Name in keyof Values]: Provider<Seen, Values[Name]>;
};
/** Marks a provider that `withBody` made. */
export interface NeedsBody {
  readonly [WITH_BODY]: true;
}
/** On a provider that waits for the body; a registered symbol, for copies and realms to agree on. */
export const WITH_BODY: unique symbol = Symbol.for('gatehouse.with-body') as never;
/** What `inject(token)` gives. */
export interface Injected<Value> {
  readonly token: unknown;
  /** Never there: the type of what comes of it. */
  readonly value?: Value;
}

/** A request to an endpoint, as its handler gets it: what schemas made, and what was provided. */
export type ExchangeAt<
  Path extends string,
  Params_ = undefined,
  Query = undefined,
  Headers = undefined,
  Body = undefined,
  Files = undefined,
  Fields = undefined,
  Given = unknown,
> = Omit<Exchange, 'params' | 'query' | 'headers' | 'body' | 'files' | 'fields'> & {
  readonly params: Made<Params_, Params<Path>>;
  readonly query: Made<Query, Values>;
  readonly headers: Made<Headers, RequestHeaders>;
  readonly body: Made<Body, unknown>;
  readonly files: FilesOf<Files>;
  readonly fields: FieldsOf<Fields>;
} & Given;

/** Answers a request: a value (JSON), undefined (204), `[object, status]` or a `reply(…)`; may be async. */
export type Handler<Path extends string = string> = (exchange: ExchangeAt<Path>) => unknown;

/** What a handler may return where the answer has a schema: what that takes, or a reply of its own. */
export type Result<Response> =
  Response extends StandardSchema<infer Input, infer _Output> ? Awaitable<Input | Reply> : unknown;

/** How an endpoint is served, whatever it takes and gives. */
export interface ServingOptions extends DurableOptions, GateOptions {
  /** Until the answer. Default: the host's. */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether a receipt is kept of requests that the handler answers, for operators. Default: where `access` verifies who
   * asks.
   */
  readonly record?: boolean | undefined;
  /**
   * Honours the `Idempotency-Key` header: a request that carries one is stored before the handler runs, and the same
   * again gets the same answer (409 while the first runs, 422 with another body). `required`: 400 without one. An answer
   * that asks to come again (408, 425, 429, 500 and above) decides nothing: the request sent again runs again. A stream or
   * a body above 1 MiB is not kept: the same answer comes without it, and says `Gatehouse-Body: omitted`. `Set-Cookie`
   * is never given twice. Default false.
   */
  readonly idempotency?: boolean | { readonly required: boolean } | undefined;
  /** Stored requests worked at once by one host: N hosts work N times as many. Default: the host's. */
  readonly concurrency?: number | undefined;
  /** Express middleware, in order, before the body is read; it must leave the body alone. */
  readonly use?: readonly RequestHandler[] | undefined;
}

/** What is said of an endpoint to those who call it. */
export interface DescribingOptions {
  readonly title?: string | undefined;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly deprecated?: boolean | undefined;
  /** Answers besides the success, by status. */
  readonly errors?: Readonly<Record<number, DescribedError>> | undefined;
}

/** Options of an endpoint; the schemas are zod's, or of any library that speaks Standard Schema. */
export interface EndpointOptions<
  Params_ extends MaybeSchema = MaybeSchema,
  Query extends MaybeSchema = MaybeSchema,
  Headers extends MaybeSchema = MaybeSchema,
  Body extends MaybeSchema = MaybeSchema,
  Files extends FileRules | undefined = FileRules | undefined,
  Fields extends FieldRules | undefined = FieldRules | undefined,
  Response extends MaybeSchema = MaybeSchema,
  Seen = Exchange,
  Added extends Provided = Provided,
>
  extends ServingOptions, DescribingOptions {
  /** Of what the path captures, texts that are converted as the schema says. */
  readonly params?: Params_;
  /** Of the query, texts that are converted as the schema says; repeated names are lists. */
  readonly query?: Query;
  /** Of headers, by name in lower case. */
  readonly headers?: Headers;
  /**
   * A schema: the body is JSON and is what the schema makes of it; `{ kind: 'form', schema }` for an urlencoded one. Else how
   * it is read; default `{ kind: 'auto' }`.
   */
  readonly body?: Body | BodyWithSchema<Body> | BodyPolicy | undefined;
  /** Of a multipart form: its files, by field name. Names that are not declared are refused. */
  readonly files?: Files;
  /** Of a multipart form: its other fields. */
  readonly fields?: Fields;
  /**
   * Called while a form is read, at most every 100 ms and at its end; never where the access judges the body, which is
   * nobody's until it was.
   */
  readonly onProgress?: ((progress: UploadProgress, exchange: Exchange) => void) | undefined;
  /** Of the answer with `status`: what the schema makes of the value is sent, so that nothing else leaks. */
  readonly response?: Response;
  /** Of a value that is no `reply()`. Default 200, and 204 for undefined. */
  readonly status?: number | undefined;
  /** What happens to names in params, query, body and fields that the schema does not declare. Default: the host's, `ignore`. */
  readonly unknown?: 'ignore' | 'refuse' | undefined;
  /**
   * Values made for each request, once, in order, before the body is read; they stand on the exchange under their names. Each sees
   * params, query and headers as the schemas made them. One that throws an `HttpError` refuses the request.
   */
  readonly provide?: Providers<Seen, Added> | undefined;
}

/** Where an endpoint is. */
export interface Address<Path extends string = string> {
  readonly method: Method | 'ALL';
  /** `/static`, `:name` (a whole segment), last `*name`. */
  readonly path: Path;
}

/** Options of an endpoint whatever its schemas are, as code that reads them sees them. */
export type EndpointDefinition<Path extends string = string> = Address<Path> & EndpointOptions;

type OptionOf<Options, Name extends string> = Options extends { readonly [Key in Name]: infer Option }
  ? Option
  : undefined;
type SchemaOf<Body> = Body extends StandardSchema
  ? Body
  : Body extends { readonly schema: infer Schema }
    ? Schema
    : undefined;
type ValueOf<Given> =
  Given extends Injected<infer Value>
    ? Value
    : Given extends (...values: never[]) => infer Value
      ? Awaited<Value>
      : never;
type ProvidedBy<Options> = Options extends { readonly provide: infer Given }
  ? { readonly [Name in keyof Given]: ValueOf<Given[Name]> }
  : unknown;

/**
 * The exchange of an endpoint with these options (`typeof options`), for handlers that stand apart from them; the path is
 * that of the options, where they have one.
 */
export type ExchangeOf<
  Options,
  Path extends string = Options extends { readonly path: infer Own extends string } ? Own : string,
> = ExchangeAt<
  Path,
  OptionOf<Options, 'params'>,
  OptionOf<Options, 'query'>,
  OptionOf<Options, 'headers'>,
  SchemaOf<OptionOf<Options, 'body'>>,
  OptionOf<Options, 'files'>,
  OptionOf<Options, 'fields'>,
  ProvidedBy<Options>
>;
