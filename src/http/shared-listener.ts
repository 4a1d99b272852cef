import { isUint8Array } from 'node:util/types';
import { mediaTypeIn } from '../core/body-values';
import { isStoredFirst } from '../core/durable-answer';
import { HostError } from '../core/errors';
import type { Outcome } from '../core/ports/shared-address';
import { isReply, toReply, type ReplyHeaders } from '../core/reply';
import { isStreamed } from '../core/streamed-body';
import { isJson } from './body';
import { reportFailure, type Outlet } from './endpoint-call';
import type { LiveExchange } from './exchange';
import type { Gate } from './gate';
import { letGo } from './held-call';
import { startKeeping } from './kept-call';
import { titleOf, toProblem } from './problem';
import type { SharedPart } from './shared-storing';

/** One plugin's part in a request to a shared address: its exchange, and what becomes of it. */
export class Listener implements SharedPart {
  readonly outlet: Outlet;
  readonly outcome: Promise<Outcome>;
  /** Of the outcome; undefined until there is one. */
  status: number | undefined;
  /** It is what an earlier request was answered. */
  isDuplicate = false;

  constructor(
    readonly exchange: LiveExchange,
    gate: Gate,
  ) {
    let settle!: (outcome: Outcome) => void;
    this.outcome = new Promise((resolve) => (settle = resolve));
    const end = (outcome: Outcome) => {
      exchange.isAnswered = true;
      this.status = outcome.status;
      settle(outcome);
    };
    this.outlet = {
      succeed: (_exchange, value) => {
        this.isDuplicate = isReply(value) && 'gatehouse-duplicate' in value.headers;
        end(outcomeOf(exchange, value));
      },
      fail: (_exchange, thrown) => end(failedOutcome(exchange, thrown)),
    };
    exchange.outlet = this.outlet;
    if (exchange.target.needsBytes) startKeeping(gate, exchange, this.outlet);
  }

  /** It is stored before it is answered. */
  get isStored(): boolean {
    return isStoredFirst(this.exchange.target.endpoint, this.exchange.method);
  }
}

function outcomeOf(exchange: LiveExchange, value: unknown): Outcome {
  const plugin = exchange.key;
  try {
    const { status, body, headers } = toReply(value);
    if (isUint8Array(body))
      return { plugin, status, body: bodyIn(Buffer.from(body).toString('utf8'), headers) };
    if (isStreamed(body)) {
      letGo(value);
      return { plugin, status, body: undefined };
    }
    JSON.stringify(body);
    return { plugin, status, body };
  } catch (cause) {
    return failedOutcome(exchange, new HostError('endpoint/unserializable', [], { cause }));
  }
}

/** What bytes say among the outcomes: an answer that was kept for its duplicates is bytes already. */
function bodyIn(text: string, headers: ReplyHeaders): unknown {
  const [, type] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  if (typeof type !== 'string' || !isJson(mediaTypeIn(type))) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function failedOutcome(exchange: LiveExchange, thrown: unknown): Outcome {
  if (toProblem(thrown).unexpected) reportFailure(exchange, thrown);
  return failure(exchange.key, thrown);
}

/** What a refusal is among the outcomes. */
export function failure(plugin: Outcome['plugin'], thrown: unknown): Outcome {
  const { status, detail } = toProblem(thrown);
  return { plugin, status, message: messageOf(detail) ?? titleOf(status) };
}

/** The words in the body of a refusal, wherever its author put them. */
function messageOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body;
  if (typeof body !== 'object' || body === null) return undefined;
  const { detail, message, error } = body as Record<string, unknown>;
  return [detail, message, error].find((words): words is string => typeof words === 'string');
}
