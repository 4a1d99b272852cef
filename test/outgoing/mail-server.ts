import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly text: string;
}
export interface MailServer {
  readonly url: string;
  readonly port: number;
  readonly received: ReceivedMail[];
  /** Every recipient that was named, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

const opened = new Set<() => Promise<void>>();

/** Those a failed test left open. */
export async function closeMailServers(): Promise<void> {
  await Promise.all([...opened].map((close) => close()));
}

/** Answers each recipient with what `codeOf` says; undefined takes it. */
export async function openMailServer(
  codeOf: (recipient: string, time: number) => number | undefined = () => undefined,
  options: SMTPServerOptions = {},
): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const asked: string[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS'], disableReverseLookup: true, logger: false },
    onRcptTo({ address }, _session, done) {
      const time = asked.filter((one) => one === address).length + 1;
      asked.push(address);
      const responseCode = codeOf(address, time);
      done(
        responseCode === undefined ? null : Object.assign(new Error('not now, or never'), { responseCode }),
      );
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        received.push({
          from,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {}); // of clients that leave
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.server.address() as AddressInfo;
  const close = async () => {
    if (opened.delete(close)) await new Promise<void>((resolve) => server.close(resolve));
  };
  opened.add(close);
  return { received, asked, port, url: `smtp://127.0.0.1:${port}`, close };
}
