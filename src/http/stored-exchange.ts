import type { Readable } from 'node:stream';
import { mediaTypeIn } from '../core/body-values';
import type { Verified } from '../core/declaration';
import { HostError } from '../core/errors';
import type { Awaitable, EarlyAnswer, Method } from '../core/exchange';
import type { Job } from '../core/job';
import type { LiveMount } from '../core/live-mount';
import type { PluginKey } from '../core/plugin-key';
import type { StoredDelivery, StoredRequest } from '../core/ports/inbox';
import { NO_BYTES } from './body';
import { ExchangeView } from './exchange-view';
import { formLimits } from './form-rules';
import { spoolBytes, spoolStored, type Form } from './multipart';
import { earlyReply } from './rendered-answer';
import { storedLines } from './sanitising';
import type { Target } from './target';

/** A stored request as a value, for those that judge it again: what runs work or answers is not for them. */
export class StoredRequestView extends ExchangeView {
  constructor(
    readonly key: PluginKey,
    readonly target: Target,
    readonly stored: StoredRequest,
  ) {
    super();
    this.takeBytes(stored.body);
  }

  get method(): Method {
    return this.stored.method as Method;
  }
  get url(): string {
    return this.stored.target;
  }
  get path(): string {
    return this.stored.path;
  }
  get baseUrl(): string {
    return this.stored.baseUrl;
  }
  get params(): Readonly<Record<string, string>> {
    return this.stored.params;
  }
  get headerLines(): readonly string[] {
    return storedLines(this.stored.headers, this.target);
  }
  get mediaType(): string {
    return mediaTypeIn(this.headers.get('content-type'));
  }
  get ip(): string {
    return this.stored.ip;
  }
  get requestId(): string {
    return this.stored.requestId;
  }
  get verified(): Verified | undefined {
    return this.stored.verified;
  }
  get stream(): Readable {
    throw new HostError('body/not-a-stream', []);
  }
  get receiptId(): string | undefined {
    return undefined;
  }
  get replayOf(): string | undefined {
    return undefined;
  }
  get job(): Job | undefined {
    return undefined;
  }
  get signal(): AbortSignal {
    return new AbortController().signal;
  }
  get background(): (work: (signal: AbortSignal) => Awaitable<unknown>) => string {
    throw new HostError('endpoint/only-read', ['background']);
  }
  get respond(): (answer: EarlyAnswer) => void {
    throw new HostError('endpoint/only-read', ['respond']);
  }
}

/** A stored request as its handler sees it when a worker runs it: nobody waits for an answer. */
export class StoredExchange extends StoredRequestView {
  readonly takesAnswer = false;
  #isEarly = false;
  #isOver = false;
  #works = 0;

  constructor(
    readonly live: LiveMount,
    target: Target,
    readonly delivery: StoredDelivery,
  ) {
    super(live.mount.key, target, delivery.request);
  }

  override get receiptId(): string {
    return this.delivery.receiptId;
  }
  override get replayOf(): string | undefined {
    return this.delivery.replayOf;
  }
  override get job(): Job {
    return this.delivery.job;
  }
  override get signal(): AbortSignal {
    return this.delivery.job.signal;
  }
  override get background(): (work: (signal: AbortSignal) => Awaitable<unknown>) => string {
    return (work) => {
      this.#works += 1;
      return this.live.spawn(work, () => {
        this.#works -= 1;
        this.#release();
      });
    };
  }
  override get respond(): (answer: EarlyAnswer) => void {
    return (answer) => {
      if (this.#isEarly) throw new HostError('endpoint/answered-twice', []);
      earlyReply(answer);
      this.#isEarly = true;
      const { receiptId } = this;
      this.live.logger.debug('exchange.respond() of a stored request is ignored: nobody waits', {
        receiptId,
      });
    };
  }

  /** The handler is through: its files go once its background work ended too. */
  over(): void {
    this.#isOver = true;
    this.#release();
  }
  #release(): void {
    if (this.#isOver && this.#works === 0) void this.spooled?.remove();
  }
}

/**
 * The form in a body that was read as a whole, its files spooled; undefined when the body is no such form.
 * @throws body/too-large, body/too-many-parts, body/invalid-form
 */
export async function formFrom(exchange: ExchangeView): Promise<Form | undefined> {
  const { target, mediaType, headers, bodyFile } = exchange;
  if (mediaType !== 'multipart/form-data' || target.bodyKind === 'raw') return undefined;
  const [type, limits] = [headers.get('content-type') ?? '', formLimits(target)];
  if (bodyFile !== undefined) return spoolStored(bodyFile.stream(), bodyFile.size, type, limits);
  const { bytes = NO_BYTES } = exchange;
  return bytes.length === 0 ? undefined : spoolBytes(bytes, type, limits);
}
