import { Agent, request, type Dispatcher } from 'undici';
import { HostError, toError } from '../../core/errors';
import { GiveUp, RetryAfter } from '../../core/job';
import { retryAfterMs } from '../../core/retry-after';
import type { Secret } from '../../core/secret';
import { CompletionStream, type Completion } from './completion-stream';

/** One message of a conversation, as the API has it. */
export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly tool_calls?: readonly ToolRequest[] }
  | { readonly role: 'tool'; readonly content: string; readonly tool_call_id: string };
/** A call of a tool that the model asks for. `arguments` is JSON text, as the model wrote it. */
export interface ToolRequest {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: unknown;
}

export interface CompletionsSettings {
  readonly url: string;
  readonly key: Secret | undefined;
  readonly model: string | undefined;
}

const IDLE_MS = 120_000;
const REFUSAL_CHARACTERS = 300;
const LONGEST_WAIT_MS = 3_600_000;
const TRANSIENT = new Set([408, 409, 425, 429]);

/** An API as OpenAI's chat completions. @see https://platform.openai.com/docs/api-reference/chat */
export class ChatCompletions {
  readonly #connections: Dispatcher = new Agent({ headersTimeout: IDLE_MS, bodyTimeout: IDLE_MS });

  constructor(private readonly settings: CompletionsSettings) {}

  /**
   * The model's next message, streamed.
   * @throws RetryAfter as the API asks, GiveUp for what it refuses; agent/no-answer when it cannot be reached or breaks off
   */
  async next(
    messages: readonly ChatMessage[],
    tools: readonly OfferedTool[],
    signal: AbortSignal,
  ): Promise<Completion> {
    const { url, key, model } = this.settings;
    const body = JSON.stringify({
      ...(model !== undefined && { model }),
      messages,
      ...(tools.length > 0 && { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
      stream: true,
      stream_options: { include_usage: true },
    });
    try {
      const answer = await request(`${url.replace(/\/+$/, '')}/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          ...(key !== undefined && { authorization: `Bearer ${key.reveal()}` }),
        },
        body,
        signal,
        dispatcher: this.#connections,
      });
      if (answer.statusCode !== 200) throw await refusalOf(answer, (text) => this.#redacted(text));
      const stream = new CompletionStream((text) => this.#redacted(text));
      for await (const bytes of answer.body) stream.take(bytes as Buffer);
      return stream.end(body.length);
    } catch (thrown) {
      const error = toError(thrown);
      if (error.name === 'GiveUp' || error.name === 'RetryAfter' || error.name === 'HostError') throw error;
      if (signal.aborted) throw toError(signal.reason);
      // The address is the operator's and may hold what must not be told; the reason does not repeat it.
      throw new HostError('agent/no-answer', [error.message], { cause: error });
    }
  }

  /** Servers repeat the key they do not like. */
  #redacted(text: string): string {
    const key = this.settings.key?.reveal() ?? '';
    return key === '' ? text : text.replaceAll(key, '***');
  }

  close(): Promise<void> {
    return this.#connections.close();
  }
}

async function refusalOf(
  answer: Dispatcher.ResponseData,
  redacted: (text: string) => string,
): Promise<Error> {
  const { statusCode, headers } = answer;
  const text = redacted(await answer.body.text().catch(() => '')).slice(0, REFUSAL_CHARACTERS);
  const words = `the model's API answered ${statusCode}: ${text}`;
  const given = headers['retry-after'];
  const asked = retryAfterMs(Array.isArray(given) ? given[0] : given, Date.now());
  const waitMs = asked === undefined ? undefined : Math.min(asked, LONGEST_WAIT_MS);
  const isTransient = TRANSIENT.has(statusCode) || statusCode >= 500;
  if (!isTransient) return new GiveUp(words);
  return waitMs === undefined ? new HostError('agent/no-answer', [words]) : new RetryAfter(waitMs, words);
}
