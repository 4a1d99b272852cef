import { createHmac } from 'node:crypto';
import { Agent, request, type IncomingMessage } from 'node:http';
import type { ProofHost } from './proof-host';
import { DELIVERY_HEADER, PROOF_PLUGIN, PROOF_SECRET, SIGNATURE_HEADER } from './proof-plugin';

const TICK_MS = 10;
const ANSWER_MS = 10_000;
/** Before it is sent again: twice as long each time, up to the last. */
const FIRST_AGAIN_MS = 100;
const LAST_AGAIN_MS = 2_000;
const CONNECTIONS = 256;
/** Beyond it the generator would measure itself. */
const MOST_OPEN = 2_000;

interface Delivery {
  readonly id: string;
  readonly body: Buffer;
  readonly signature: string;
  /** How often it was sent in vain. */
  readonly times: number;
}

/**
 * A sender: signed deliveries at a steady rate, whatever comes back, to each host in turn. One that is not acknowledged
 * is sent again, to the next host, until it is: that is what senders do on an error or 503.
 */
export class ProofLoad {
  readonly acknowledged = new Set<string>();
  readonly acknowledgmentMs: number[] = [];
  readonly recoveryMs: number[] = [];
  sent = 0;
  resent = 0;
  /** Answers that mean: do not send this again. */
  refused = 0;
  #open = 0;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(private readonly hosts: readonly ProofHost[]) {}

  /** How many are sent and neither acknowledged nor refused. */
  get open(): number {
    return this.#open;
  }

  /** Sends `rate` new deliveries a second until `stop`. */
  start(rate: number): void {
    const from = performance.now();
    let due = 0;
    this.#timer = setInterval(() => {
      const wanted = ((performance.now() - from) / 1_000) * rate;
      for (; due < wanted; due += 1) if (this.#open < MOST_OPEN) this.#deliver();
    }, TICK_MS);
  }

  /** No new ones; what is open goes on. */
  stop(): void {
    clearInterval(this.#timer);
  }

  close(): void {
    this.stop();
    this.#agent.destroy();
  }

  #deliver(): void {
    const id = `d${(this.sent += 1).toString(36)}`;
    const body = Buffer.from(JSON.stringify({ id, text: 'x'.repeat(500) }));
    const signature = `sha256=${createHmac('sha256', PROOF_SECRET).update(body).digest('hex')}`;
    this.#open += 1;
    this.#send({ id, body, signature, times: 0 });
  }

  #send(delivery: Delivery): void {
    const { id, body, signature, times } = delivery;
    const host = this.hosts[(this.#turn += 1) % this.hosts.length];
    if (host === undefined) return;
    const startedAt = performance.now();
    let isDone = false;
    const again = () => {
      if (isDone) return;
      isDone = true;
      const delayMs = Math.min(LAST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** times) * (0.5 + Math.random() / 2);
      setTimeout(() => {
        this.resent += 1;
        this.#send({ ...delivery, times: times + 1 });
      }, delayMs);
    };
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      [DELIVERY_HEADER]: id,
      [SIGNATURE_HEADER]: signature,
    };
    const answered = (response: IncomingMessage) => {
      // The rest of an answer may be cut off: its status is the acknowledgment.
      response.on('error', () => {}).resume();
      const { statusCode = 0 } = response;
      if (isDone) return;
      if (statusCode >= 500) return again();
      isDone = true;
      this.#open -= 1;
      if (statusCode >= 200 && statusCode < 300) this.#acknowledge(id, host, startedAt);
      else this.refused += 1;
    };
    const outgoing = request(`${host.base}/api/plugin/${PROOF_PLUGIN}/in`, {
      method: 'POST',
      agent: this.#agent,
      timeout: ANSWER_MS,
      headers,
    });
    outgoing
      .on('response', answered)
      .on('timeout', () => outgoing.destroy(new Error('no answer in time')))
      .on('error', again)
      .end(body);
  }

  #acknowledge(id: string, host: ProofHost, startedAt: number): void {
    this.acknowledged.add(id);
    this.acknowledgmentMs.push(performance.now() - startedAt);
    if (host.killedAt === undefined) return;
    this.recoveryMs.push(Date.now() - host.killedAt);
    host.killedAt = undefined;
  }
}
