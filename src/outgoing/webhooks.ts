import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock';
import { HostError, isHostError } from '../core/errors';
import { GiveUp, RetryAfter, type Enqueued, type EnqueueOptions, type Job, type Tasks } from '../core/job';
import { WEBHOOK_TASK, type OutgoingWebhook } from '../core/ports/outgoing';
import type { PluginKey } from '../core/plugin-key';
import { retryDelayMs, type Retry } from '../core/retry';
import { retryAfterMs } from '../core/retry-after';
import { whereOf } from './destination';
import type { HttpClient } from './http-client';
import { readCall, type OutgoingCall } from './outgoing-call';
import { webhookHeaders, webhookSigner, type WebhookSigner } from './standard-webhook';

export interface WebhooksParts {
  readonly key: PluginKey;
  readonly client: HttpClient;
  readonly tasks: Tasks;
  /** Live values of one of the plugin's secrets. */
  readonly liveSecrets: (name: string) => readonly string[];
  readonly clock: Clock;
}

/** What lies in the inbox: no secret, only its name. */
interface StoredWebhook {
  readonly id: string;
  readonly url: string;
  readonly secrets: readonly string[];
  /** As it is sent, every time the same. */
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: unknown };
}

/** Between the 15 and 30 seconds that Standard Webhooks asks for. */
const ATTEMPT_MS = 20_000;
/** What a receiver may ask for; more is as good as gone. */
const MOST_RETRY_AFTER_MS = 86_400_000;
const GONE = 410;
/** Full stops part the id from what else is signed. */
const ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;
const TYPE = /^[A-Za-z0-9_.-]{1,256}$/;

/** Webhooks to others: stored, signed when sent, and sent until they are taken. */
export class Webhooks {
  constructor(private readonly parts: WebhooksParts) {}

  /** See `OutgoingHttp.webhook`. */
  async store(webhook: OutgoingWebhook, options?: EnqueueOptions): Promise<Enqueued> {
    const { key, client, tasks, clock } = this.parts;
    const stored = readWebhook(webhook, clock.now());
    const { method, url } = callOf(stored, {});
    client.check(whereOf(method, url), url);
    this.#signers(stored.secrets);
    try {
      return await tasks.enqueue(WEBHOOK_TASK, stored, options);
    } catch (thrown) {
      if (!isHostError(thrown) || thrown.code !== 'inbox/unknown-task') throw thrown;
      throw new HostError('outgoing/webhooks-not-declared', [key], { cause: thrown });
    }
  }

  /**
   * One attempt. Returning is 2xx; anything else is thrown: again when the retry says so, no sooner than `Retry-After`
   * asks, and never again after 410 or where the rules forbid the URL.
   */
  async deliver(
    payload: unknown,
    { attempt, signal }: Pick<Job, 'attempt' | 'signal'>,
    retry: Retry,
  ): Promise<void> {
    const { client, clock } = this.parts;
    const stored = payload as StoredWebhook;
    const signers = this.#signers(stored.secrets);
    const headers = webhookHeaders(stored.id, clock.now(), bodyOf(stored), signers);
    const call = { ...callOf(stored, headers), signal };
    const where = whereOf(call.method, call.url);
    const answer = await client.send(call).catch((thrown: unknown) => {
      if (isHostError(thrown) && thrown.code === 'outgoing/refused-url') throw new GiveUp(thrown.message);
      throw thrown;
    });
    if (answer.ok) return;
    if (answer.status === GONE)
      throw new GiveUp(`${where} answered 410: it takes no more webhooks; send it none`);
    const why = `${where} answered ${answer.status}; only 2xx is success, and redirects are not followed`;
    const asked = retryAfterMs(answer.headers.get('retry-after'), clock.now());
    if (asked === undefined)
      throw new HostError('outgoing/bad-answer', [where, `status ${answer.status}, not 2xx`]);
    const planned = retryDelayMs(retry, attempt, Math.random()) ?? 0;
    throw new RetryAfter(Math.max(planned, Math.min(asked, MOST_RETRY_AFTER_MS)), why);
  }

  /** Of every live value of every name. @throws outgoing/no-secret, outgoing/bad-secret */
  #signers(names: readonly string[]): WebhookSigner[] {
    const { key, liveSecrets } = this.parts;
    return names.flatMap((name) => {
      const values = liveSecrets(name);
      if (values.length === 0) throw new HostError('outgoing/no-secret', [key, name]);
      return values.map((value) => {
        const signer = webhookSigner(value);
        if (signer === undefined) throw new HostError('outgoing/bad-secret', [key, name]);
        return signer;
      });
    });
  }
}

/** @throws outgoing/bad-request listing everything wrong with it */
function readWebhook(webhook: OutgoingWebhook, now: number): StoredWebhook {
  const { url, type, data, secret, id = `msg_${randomBytes(18).toString('base64url')}` } = webhook ?? {};
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  const issues = [
    typeof url === 'string' && URL.canParse(url) ? '' : 'url is no absolute address',
    typeof type === 'string' && TYPE.test(type) ? '' : 'type is no name such as "invoice.paid"',
    data !== undefined ? '' : 'there is no data',
    secrets.length > 0 && secrets.every((name) => typeof name === 'string' && name !== '')
      ? ''
      : 'secret is not the name of a secret of the plugin, or a list of them',
    typeof id === 'string' && ID.test(id) ? '' : 'id is no visible ASCII without full stops, 256 at most',
  ].filter((issue) => issue !== '');
  if (issues.length > 0) throw new HostError('outgoing/bad-request', [issues.join('; ')]);
  const body = { type: type as string, timestamp: new Date(now).toISOString(), data };
  return { id, url: url as string, secrets: secrets as readonly string[], body };
}

const bodyOf = ({ body }: StoredWebhook): Buffer => Buffer.from(JSON.stringify(body));

function callOf(stored: StoredWebhook, headers: Readonly<Record<string, string>>): OutgoingCall {
  const call = readCall(stored.url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: bodyOf(stored),
    timeoutMs: ATTEMPT_MS,
    redirect: 'manual',
  });
  return { ...call, isBodyWanted: false };
}
