import { StringDecoder } from 'node:string_decoder';
import { HostError } from '../../core/errors';
import type { ToolRequest } from './chat-completions';

/** What the model said. */
export interface Completion {
  readonly text: string;
  readonly calls: readonly ToolRequest[];
  /** Prompt and completion together; guessed from the bytes where the API does not say. */
  readonly tokens: number;
}

const MOST_BYTES = 8 * 1024 ** 2;
const MOST_CALLS = 32;
const BYTES_PER_TOKEN = 4;

interface Piece {
  id: string;
  name: string;
  arguments: string;
}

/** Puts the chunks of one streamed answer together (server-sent events, each `data` a chunk as JSON, the last `[DONE]`). */
export class CompletionStream {
  readonly #decoder = new StringDecoder('utf8');
  readonly #calls = new Map<number, Piece>();
  #rest = '';
  #bytes = 0;
  #text = '';
  #tokens: number | undefined;
  #isDone = false;

  /** `redacted`: an error's own words, without what must not be told. */
  constructor(private readonly redacted: (text: string) => string = (text) => text) {}

  /** @throws agent/no-answer for what is no such stream */
  take(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > MOST_BYTES) throw broken(`it is longer than ${MOST_BYTES} bytes`);
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line.replace(/\r$/, ''));
  }

  /** `asked`: bytes of the request. @throws agent/no-answer when it broke off */
  end(asked: number): Completion {
    if (!this.#isDone) throw broken('it broke off');
    const calls = [...this.#calls.values()].map(({ id, name, arguments: given }, index): ToolRequest => ({
      id: id === '' ? `call-${index}` : id,
      type: 'function',
      function: { name, arguments: given === '' ? '{}' : given },
    }));
    const tokens = this.#tokens ?? Math.ceil((asked + this.#bytes) / BYTES_PER_TOKEN);
    return { text: this.#text, calls, tokens };
  }

  #line(line: string): void {
    if (!line.startsWith('data:')) return;
    const data = line.slice(5).trim();
    if (data === '[DONE]') {
      this.#isDone = true;
      return;
    }
    let chunk: Chunk;
    try {
      chunk = JSON.parse(data) as Chunk;
    } catch (cause) {
      throw broken('a chunk is no JSON', cause);
    }
    if (chunk?.error != null)
      throw broken(this.redacted(String(chunk.error.message ?? 'it reports an error')).slice(0, 300));
    const total = chunk?.usage?.total_tokens;
    if (typeof total === 'number') this.#tokens = total;
    const [choice] = chunk?.choices ?? [];
    if (typeof choice?.delta?.content === 'string') this.#text += choice.delta.content;
    for (const piece of choice?.delta?.tool_calls ?? []) this.#call(piece);
    // Not every server ends with `[DONE]`; a reason to finish is an end as well.
    if (typeof choice?.finish_reason === 'string') this.#isDone = true;
  }

  #call({ index = this.#calls.size, id, function: called }: CallPiece): void {
    if (!this.#calls.has(index) && this.#calls.size >= MOST_CALLS)
      throw broken(`it asks for more than ${MOST_CALLS} tools at once`);
    const call = this.#calls.get(index) ?? { id: '', name: '', arguments: '' };
    this.#calls.set(index, call);
    if (typeof id === 'string' && id !== '') call.id = id;
    if (typeof called?.name === 'string' && called.name !== '') call.name = called.name;
    if (typeof called?.arguments === 'string') call.arguments += called.arguments;
  }
}

interface CallPiece {
  readonly index?: number;
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown };
}
interface Chunk {
  readonly error?: { readonly message?: unknown };
  readonly usage?: { readonly total_tokens?: unknown } | null;
  readonly choices?: readonly {
    readonly delta?: { readonly content?: unknown; readonly tool_calls?: readonly CallPiece[] };
    readonly finish_reason?: unknown;
  }[];
}

const broken = (why: string, cause?: unknown) =>
  new HostError('agent/no-answer', [`its answer cannot be read: ${why}`], { cause });
