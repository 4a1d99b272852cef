import { callFor } from '../core/actor';
import type { Endpoint } from '../core/declaration';
import type { ProvideStep } from '../core/endpoint-schema';
import type { Awaitable, EarlyAnswer, Exchange } from '../core/exchange';
import type { LiveMount } from '../core/live-mount';
import { isThenable, onceThere } from './awaited';
import type { BrokenResponses } from './broken-responses';
import {
  inputCheckOf,
  missingFilesCheck,
  type Checked,
  type InputCheck,
  type InputName,
} from './checked-input';
import { ResponseCheck } from './checked-response';
import type { ExchangeView } from './exchange-view';
import { MappedReply, throwMapped } from './mapped-errors';
import { provideValues } from './provided-values';
import { requestInvalid } from './request-issues';
import { TypedExchange } from './typed-exchange';

/** A request that a plugin's code works: live, or from the store. */
export type WorkedExchange = ExchangeView & {
  readonly live: LiveMount;
  /** What comes of the handler goes to somebody. */
  readonly takesAnswer: boolean;
};

interface TypedEndpointParts {
  readonly endpoint: Endpoint;
  readonly handle: (exchange: Exchange) => Awaitable<unknown>;
  /** As in log lines. */
  readonly name: string;
  readonly unknownNames: 'ignore' | 'refuse';
  readonly broken: BrokenResponses;
}

/**
 * What an endpoint's author declared around the handler, made ready once: checks of the parts of a request, providers, the
 * check of the answer. Each step goes on at once where nothing is waited for.
 */
export class TypedEndpoint {
  readonly #endpoint: Endpoint;
  readonly #handle: TypedEndpointParts['handle'];
  readonly #head: readonly InputCheck[];
  readonly #body: readonly InputCheck[];
  readonly #early: readonly ProvideStep[];
  readonly #late: readonly ProvideStep[];
  readonly #response: ResponseCheck;
  /** The handler gets the request as it came: nothing is made of it. */
  readonly #isPlain: boolean;

  constructor({ endpoint, handle, name, unknownNames, broken }: TypedEndpointParts) {
    const { schema = {}, provide = [], body } = endpoint;
    const checks = (...names: InputName[]) =>
      names.flatMap((part) => inputCheckOf(part, schema, schema.unknown ?? unknownNames) ?? []);
    const isLeft = body.kind === 'stream' || body.kind === 'parts';
    this.#endpoint = endpoint;
    this.#handle = handle;
    this.#head = checks('params', 'query', 'headers');
    const files = schema.fields === undefined ? [] : [missingFilesCheck(body.files ?? {})];
    this.#body = isLeft ? [] : [...files, ...checks('fields', 'body')];
    this.#early = provide.filter(({ needsBody }) => !needsBody);
    this.#late = provide.filter(({ needsBody }) => needsBody);
    this.#response = new ResponseCheck(schema, name, broken);
    this.#isPlain = this.#head.length + this.#body.length + provide.length === 0;
  }

  /** Something is done before the body is read. */
  get hasPrelude(): boolean {
    return this.#head.length + this.#early.length > 0;
  }

  /**
   * Checks the head and runs what is provided without the body, once. What is wrong with the head is kept for later.
   * @throws what providers throw, as mapped
   */
  enter(exchange: WorkedExchange): Awaitable<void> {
    if (this.#isPlain || exchange.typed !== undefined) return undefined;
    const typed = new TypedExchange(exchange);
    exchange.typed = typed;
    return onceThere(this.#check(this.#head, exchange, typed), () =>
      typed.issues.length > 0 ? undefined : this.#provide(this.#early, exchange, typed),
    );
  }

  /**
   * Checks the body, which is there by now, once; does first what `enter` does where that was not done.
   * @throws request/invalid (422) with everything that is wrong, and as `enter`
   */
  complete(exchange: WorkedExchange): Awaitable<void> {
    if (this.#isPlain || exchange.typed?.isComplete === true) return undefined;
    return onceThere(this.enter(exchange), () => {
      const typed = exchange.typed as TypedExchange;
      typed.isBodyThere = true;
      return onceThere(this.#check(this.#body, exchange, typed), () => {
        if (typed.issues.length > 0) throw requestInvalid(typed.issues);
        typed.isComplete = true;
      });
    });
  }

  /** Stands in the place of the handler: works a request as far as that was not done, and gives what is to be sent. */
  readonly work = (exchange: WorkedExchange): Awaitable<unknown> => {
    let value: Awaitable<unknown>;
    try {
      value = onceThere(this.complete(exchange), () => this.#run(exchange));
    } catch (thrown) {
      return replyIn(thrown);
    }
    return isThenable(value) ? Promise.resolve(value).catch(replyIn) : value;
  };

  /** What is sent in the place of what a handler gives `exchange.respond`. @throws endpoint/broken-response */
  early(live: LiveMount, answer: EarlyAnswer): EarlyAnswer {
    return this.#response.early(live, answer);
  }

  #run(exchange: WorkedExchange): Awaitable<unknown> {
    const { typed } = exchange;
    if (typed === undefined || this.#late.length === 0) return this.#call(exchange, typed);
    return onceThere(this.#provide(this.#late, exchange, typed), () => this.#call(exchange, typed));
  }

  #call(exchange: WorkedExchange, typed: TypedExchange | undefined): Awaitable<unknown> {
    const { actor } = exchange.live;
    let value: unknown;
    let isLater: boolean;
    try {
      value = callFor(actor, this.#handle, typed === undefined ? exchange : typed.given);
      isLater = isThenable(value);
    } catch (thrown) {
      return throwMapped(this.#endpoint, actor, thrown);
    }
    if (!isLater) return this.#answer(exchange, value);
    return Promise.resolve(value).then(
      (late) => this.#answer(exchange, late),
      (thrown: unknown) => throwMapped(this.#endpoint, actor, thrown),
    );
  }

  #answer({ live, takesAnswer }: WorkedExchange, value: unknown): Awaitable<unknown> {
    return takesAnswer ? this.#response.answer(live, value) : value;
  }

  #provide(steps: readonly ProvideStep[], { live }: WorkedExchange, typed: TypedExchange): Awaitable<void> {
    if (steps.length === 0) return undefined;
    try {
      const provided = provideValues(steps, typed, live.actor);
      if (!isThenable(provided)) return undefined;
      return Promise.resolve(provided).catch((thrown: unknown) =>
        throwMapped(this.#endpoint, live.actor, thrown),
      );
    } catch (thrown) {
      return throwMapped(this.#endpoint, live.actor, thrown);
    }
  }

  #check(
    checks: readonly InputCheck[],
    exchange: WorkedExchange,
    typed: TypedExchange,
    from = 0,
  ): Awaitable<void> {
    for (let index = from; index < checks.length; index += 1) {
      const check = checks[index] as InputCheck;
      const checked = callFor(exchange.live.actor, () => check.check(exchange));
      if (isThenable(checked))
        return Promise.resolve(checked as PromiseLike<Checked>).then((late) => {
          keep(typed, check, late);
          return this.#check(checks, exchange, typed, index + 1);
        });
      keep(typed, check, checked);
    }
    return undefined;
  }
}

function keep(typed: TypedExchange, { name }: InputCheck, checked: Checked): void {
  if (checked.issues === undefined) typed.made[name] = checked.value;
  else typed.issues = [...typed.issues, ...checked.issues];
}

/** @throws what was thrown, unless it is a reply in the place of an error */
function replyIn(thrown: unknown): unknown {
  if (thrown instanceof MappedReply) return thrown.reply;
  throw thrown;
}
