import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the model is to say next; a function is given the request. */
export type Turn =
  | { readonly text: string; readonly tokens?: number }
  | {
      readonly calls: readonly { readonly name: string; readonly input: unknown }[];
      readonly tokens?: number;
    }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Bytes as they are, then the end of the connection. */
  | { readonly raw: string }
  /** Says nothing until the client leaves. */
  | 'hang';

export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model?: string;
    readonly stream: boolean;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly tools?: readonly {
      readonly function: { readonly name: string; readonly description: string };
    }[];
  };
}

/** A server that speaks OpenAI's chat completions, streamed: the answers are those a test gives it, in turn. */
export interface ModelServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Answers still to be given; without one `otherwise` says, by default `done`. */
  readonly turns: Turn[];
  otherwise: (asked: Asked['body']) => Turn;
  close(): Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
  const asked: Asked[] = [];
  const turns: Turn[] = [];
  const made: Pick<ModelServer, 'otherwise'> = { otherwise: () => ({ text: 'done' }) };
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Asked['body'];
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
    const turn = turns.shift() ?? made.otherwise(body);
    if (turn === 'hang') return;
    if ('status' in turn) {
      response.writeHead(turn.status, turn.headers).end(turn.body ?? '');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if ('raw' in turn) {
      response.end(turn.raw);
      return;
    }
    for (const chunk of chunksOf(turn)) {
      // In pieces that end anywhere, as networks have it.
      const line = `data: ${chunk}\n\n`;
      response.write(line.slice(0, 9));
      await sleep(1);
      response.write(line.slice(9));
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(made, {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    turns,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

type Said = Extract<Turn, { text: string } | { calls: unknown }>;

/** At most twenty; characters of more than one unit stay whole. */
function piecesOf(text: string): string[] {
  const characters = [...text];
  const size = Math.ceil(characters.length / 20);
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
    characters.slice(index * size, (index + 1) * size).join(''),
  );
}

function chunksOf(turn: Said): string[] {
  const deltas =
    'text' in turn
      ? piecesOf(turn.text).map((content) => ({ content }))
      : turn.calls.flatMap(({ name, input }, index) => {
          const text = JSON.stringify(input);
          return [
            {
              tool_calls: [
                { index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } },
              ],
            },
            { tool_calls: [{ index, function: { arguments: text.slice(0, 5) } }] },
            { tool_calls: [{ index, function: { arguments: text.slice(5) } }] },
          ];
        });
  return [
    ...deltas.map((delta) => JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })),
    JSON.stringify({
      choices: [{ index: 0, delta: {}, finish_reason: 'text' in turn ? 'stop' : 'tool_calls' }],
    }),
    JSON.stringify({ choices: [], usage: { total_tokens: turn.tokens ?? 10 } }),
    '[DONE]',
  ];
}
