import { isUint8Array } from 'node:util/types';
import { callFor } from '../core/actor';
import { mediaTypeIn } from '../core/body-values';
import type { EndpointSchema } from '../core/endpoint-schema';
import type { Awaitable } from '../core/exchange';
import type { LiveMount } from '../core/live-mount';
import { isReply, isStatusPair, reply, type ReplyHeaders } from '../core/reply';
import type { SchemaResult, StandardSchema } from '../core/standard-schema';
import { isStreamed } from '../core/streamed-body';
import { onceThere } from './awaited';
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
    return onceThere(this.#made(live, this.#schema, value), (made) => this.#withStatus(made));
  }

  #withStatus(value: unknown): unknown {
    if (this.#status !== undefined) return reply(this.#status, value);
    // A list of an object and a number would be taken for a body and its status.
    return isStatusPair(value) || isReply(value) ? reply(200, value) : value;
  }

  #replied(live: LiveMount, status: number, body: unknown, headers: ReplyHeaders): Awaitable<unknown> {
    const schema = this.#schema;
    const isOther = status !== (this.#status ?? 200) || isUint8Array(body) || isStreamed(body);
    if (schema === undefined || isOther || !saysJson(headers)) return reply(status, body, headers);
    return onceThere(this.#made(live, schema, body), (made) => reply(status, made, headers));
  }

  #made(live: LiveMount, schema: StandardSchema['~standard'], value: unknown): Awaitable<unknown> {
    const result = callFor(live.actor, () => schema.validate(value)) as Awaitable<SchemaResult<unknown>>;
    return onceThere(result, (checked) => {
      if (checked.issues === undefined) return checked.value;
      throw this.broken.tell(live, this.name, shownPlaces(checked.issues, value, schema.vendor));
    });
  }
}

function saysJson(headers: ReplyHeaders): boolean {
  const [, type] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  return type === undefined || isJson(mediaTypeIn(String(type)));
}
