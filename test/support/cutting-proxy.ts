import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a host and PostgreSQL, and can break connections off in the midst of a commit. */
export interface CuttingProxy {
  /** The address of the database, through here. */
  readonly url: string;
  /** How many commits were cut so far. */
  readonly cuts: number;
  /**
   * The next so many transactions in which the client sends this text are committed by the server, and the connection
   * breaks before the client hears of it.
   */
  cut(text: string, times: number): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let [text, left, cuts] = ['', 0, 0];
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('close', end);
    upstream.on('close', end);
    let sent = '';
    let isCut = false;
    client.on('data', (chunk) => {
      sent += chunk.toString('latin1');
      const begun = sent.lastIndexOf('BEGIN');
      if (begun > 0) sent = sent.slice(begun);
      if (left > 0 && !isCut && sent.includes(text) && sent.includes('COMMIT')) {
        left -= 1;
        isCut = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!isCut) client.write(chunk);
      else if (chunk.includes('COMMIT\0')) {
        cuts += 1;
        end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    get cuts() {
      return cuts;
    },
    cut: (given, times) => ([text, left] = [given, times]),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
