import type {
  Address,
  EndpointOptions,
  ExchangeAt,
  FieldRules,
  FileRules,
  MaybeSchema,
  Provided,
  Result,
} from './endpoint-types';

/** A path below a prefix, for the names in it. */
type Below<Prefix extends string, Path extends string> = Prefix extends ''
  ? Path
  : string extends Path
    ? string
    : string extends Prefix
      ? string
      : `${Prefix}/${Path}`;

/** Declares an endpoint of one method at a path; answers what it is called on. */
export interface DeclareAt<Self, Given = unknown, Prefix extends string = ''> {
  /** @throws mount/invalid listing everything wrong with the arguments */
  <const Path extends string>(
    path: Path,
    handler: (exchange: ExchangeAt<Below<Prefix, Path>> & Given) => unknown,
  ): Self;
  /** @throws mount/invalid listing everything wrong with the arguments */
  <
    const Path extends string,
    Params_ extends MaybeSchema = undefined,
    Query extends MaybeSchema = undefined,
    Headers extends MaybeSchema = undefined,
    Body extends MaybeSchema = undefined,
    const Files extends FileRules | undefined = undefined,
    const Fields extends FieldRules | undefined = undefined,
    Response extends MaybeSchema = undefined,
    Added extends Provided = object,
  >(
    path: Path,
    options: EndpointOptions<
      Params_,
      Query,
      Headers,
      Body,
      Files,
      Fields,
      Response,
      ExchangeAt<Below<Prefix, Path>, Params_, Query, Headers> & Given,
      Added
    >,
    handler: (
      exchange: ExchangeAt<Below<Prefix, Path>, Params_, Query, Headers, Body, Files, Fields, Given & Added>,
    ) => Result<Response>,
  ): Self;
}

/** Declares an endpoint by its whole definition; answers what it is called on. */
export type DeclareEndpoint<Self, Given = unknown, Prefix extends string = ''> = <
  const Path extends string,
  Params_ extends MaybeSchema = undefined,
  Query extends MaybeSchema = undefined,
  Headers extends MaybeSchema = undefined,
  Body extends MaybeSchema = undefined,
  const Files extends FileRules | undefined = undefined,
  const Fields extends FieldRules | undefined = undefined,
  Response extends MaybeSchema = undefined,
  Added extends Provided = object,
>(
  definition: Address<Path> &
    EndpointOptions<
      Params_,
      Query,
      Headers,
      Body,
      Files,
      Fields,
      Response,
      ExchangeAt<Below<Prefix, Path>, Params_, Query, Headers> & Given,
      Added
    >,
  handler: (
    exchange: ExchangeAt<Below<Prefix, Path>, Params_, Query, Headers, Body, Files, Fields, Given & Added>,
  ) => Result<Response>,
) => Self;

/** A decorator of methods that can be called as `M` is. */
export type Decorates<M> = <T extends M>(
  prototype: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

/** Decorates a method that answers requests of one HTTP method at a path. */
export type DecorateAt = <
  const Path extends string,
  Params_ extends MaybeSchema = undefined,
  Query extends MaybeSchema = undefined,
  Headers extends MaybeSchema = undefined,
  Body extends MaybeSchema = undefined,
  const Files extends FileRules | undefined = undefined,
  const Fields extends FieldRules | undefined = undefined,
  Response extends MaybeSchema = undefined,
  Added extends Provided = object,
>(
  path: Path,
  options?: EndpointOptions<
    Params_,
    Query,
    Headers,
    Body,
    Files,
    Fields,
    Response,
    ExchangeAt<Path, Params_, Query, Headers>,
    Added
  >,
) => Decorates<
  (exchange: ExchangeAt<Path, Params_, Query, Headers, Body, Files, Fields, Added>) => Result<Response>
>;

/** Decorates a method that answers requests of a definition. */
export type DecorateEndpoint = <
  const Path extends string,
  Params_ extends MaybeSchema = undefined,
  Query extends MaybeSchema = undefined,
  Headers extends MaybeSchema = undefined,
  Body extends MaybeSchema = undefined,
  const Files extends FileRules | undefined = undefined,
  const Fields extends FieldRules | undefined = undefined,
  Response extends MaybeSchema = undefined,
  Added extends Provided = object,
>(
  definition: Address<Path> &
    EndpointOptions<
      Params_,
      Query,
      Headers,
      Body,
      Files,
      Fields,
      Response,
      ExchangeAt<Path, Params_, Query, Headers>,
      Added
    >,
) => Decorates<
  (exchange: ExchangeAt<Path, Params_, Query, Headers, Body, Files, Fields, Added>) => Result<Response>
>;
