import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}
export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A local server that stands in for somebody's network: it keeps what it is sent, and answers as it is told. */
export interface ReceivingServer {
  readonly url: string;
  readonly received: readonly Received[];
  /** The next answers, in order; 200 `ok` once they are used up. */
  answer(...answers: Answer[]): void;
  close(): Promise<void>;
}

export async function receivingServer(port = 0): Promise<ReceivingServer> {
  const received: Received[] = [];
  const answers: Answer[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method = '', url = '', headers } = request;
      received.push({ method, path: url, headers, body, text: body.toString('utf8') });
      const { status, headers: given = {}, body: text = 'ok' } = answers.shift() ?? { status: 200 };
      response.writeHead(status, given).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (...next) => void answers.push(...next),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
