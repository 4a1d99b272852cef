import { isUint8Array } from 'node:util/types';
import { callFor } from '../core/actor';
import { mediaTypeIn } from '../core/body-values';
import type { EndpointSchema } from '../core/endpoint-schema';
import type { Awaitable, EarlyAnswer } from '../core/exchange';
import type { LiveMount } from '../core/live-mount';
import { isReply, isStatusPair, reply, type ReplyHeaders } from '../core/reply';
import type { SchemaResult, StandardSchema } from '../core/standard-schema';
import { isStreamed } from '../core/streamed-body';
import { isThenable, onceThere } from './awaited';
import { isJson } from './body';
import type { BrokenResponses } from './broken-responses';
import { shownPlaces } from './request-issues';

/** Holds what a handler answers against what its endpoint declares. */
export class ResponseCheck {
  readonly #schema: StandardSchema['~standard'] | undefined;
  readonly #status: number | undefined;

  constructor(
    { response, status }: Pick<EndpointSchema, 'response' | 'status'>,
    private readonly name: string,
    private readonly broken: BrokenResponses,
  ) {
    this.#schema = response?.['~standard'];
    this.#status = status;
  }

  /**
   * What is sent in the place of what a handler returned: what the schema makes of it, with the declared status. Replies of
   * another status, and bodies that are no JSON, are sent as they are. @throws endpoint/broken-response
   */
  answer(live: LiveMount, value: unknown): Awaitable<unknown> {
    if (this.#schema === undefined && this.#status === undefined) return value;
    if (isReply(value)) return this.#replied(live, value.status, value.body, value.headers);
    if (isStatusPair(value)) return this.#replied(live, value[1], value[0], {});
    if (isUint8Array(value) || isStreamed(value)) return this.#withStatus(value);
    if (this.#schema === undefined) return this.#withStatus(value);
    return onceThere(this.#checked(live, this.#schema, value), (made) => this.#withStatus(made));
  }

  /**
   * The same for `exchange.respond`, which sends at once: a schema that takes its time cannot say in time what may be sent.
   * @throws endpoint/broken-response
   */
  early(live: LiveMount, answer: EarlyAnswer): EarlyAnswer {
    const { status = this.#status ?? 200, body, headers = {} } = Object(answer) as EarlyAnswer;
    const schema = this.#schema;
    if (schema === undefined || this.#isOther(status, body, headers)) return { status, body, headers };
    const result = this.#validated(live, schema, body);
    if (!isThenable(result)) return { status, body: this.#made(live, schema, body, result), headers };
    Promise.resolve(result).catch(() => undefined);
    throw this.broken.tell(
      live,
      this.name,
      'exchange.respond() cannot wait for a schema that is asynchronous',
    );
  }

  #withStatus(value: unknown): unknown {
    if (this.#status !== undefined) return reply(this.#status, value);
    // A list of an object and a number would be taken for a body and its status.
    return isStatusPair(value) || isReply(value) ? reply(200, value) : value;
  }

  #replied(live: LiveMount, status: number, body: unknown, headers: ReplyHeaders): Awaitable<unknown> {
    const schema = this.#schema;
    if (schema === undefined || this.#isOther(status, body, headers)) return reply(status, body, headers);
    return onceThere(this.#checked(live, schema, body), (made) => reply(status, made, headers));
  }

  /** No JSON of the declared status. */
  #isOther(status: number, body: unknown, headers: ReplyHeaders): boolean {
    if (status !== (this.#status ?? 200) || isUint8Array(body) || isStreamed(body)) return true;
    // A text of another type is what it says it is; anything else is sent as JSON whatever its type.
    return typeof body === 'string' && !saysJson(headers);
  }

  #checked(live: LiveMount, schema: StandardSchema['~standard'], value: unknown): Awaitable<unknown> {
    return onceThere(this.#validated(live, schema, value), (result) =>
      this.#made(live, schema, value, result),
    );
  }

  #validated(
    live: LiveMount,
    schema: StandardSchema['~standard'],
    value: unknown,
  ): Awaitable<SchemaResult<unknown>> {
    return callFor(live.actor, () => schema.validate(value)) as Awaitable<SchemaResult<unknown>>;
  }

  #made(
    live: LiveMount,
    { vendor }: StandardSchema['~standard'],
    value: unknown,
    result: SchemaResult<unknown>,
  ): unknown {
    if (result.issues === undefined) return result.value;
    throw this.broken.tell(live, this.name, shownPlaces(result.issues, value, vendor));
  }
}

function saysJson(headers: ReplyHeaders): boolean {
  const [, type] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  return type === undefined || isJson(mediaTypeIn(String(type)));
}
