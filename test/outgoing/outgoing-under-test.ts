import { Writable } from 'node:stream';
import winston from 'winston';
import { systemClock } from '../../src/core/clock';
import type { Tasks } from '../../src/core/job';
import type { PluginInfo } from '../../src/core/plugin-info';
import type { PluginKey } from '../../src/core/plugin-key';
import type { Outgoing } from '../../src/core/ports/outgoing';
import { createOutgoing, type OutgoingParts } from '../../src/outgoing/outgoing';

/** Requests to this machine are allowed, without TLS too. */
export const LOCAL = { allow: undefined, allowPrivate: ['127.0.0.0/8', '::1'], allowHttp: true };

export interface OutgoingUnderTest extends Outgoing {
  readonly logged: string[];
  release(): void;
}
const made = new Set<AbortController>();

export function outgoingOf(
  parts: Partial<OutgoingParts> & {
    allowHosts?: readonly string[];
    tasks?: Tasks;
    secrets?: OutgoingParts['secrets'];
  } = {},
): OutgoingUnderTest {
  const logged: string[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      logged.push(line.toString().trim());
      done();
    },
  });
  const format = winston.format.printf(({ level, message }) => `${level}: ${String(message)}`);
  const released = new AbortController();
  made.add(released);
  const info: PluginInfo = {
    author: 'acme',
    module: 'ci',
    name: 'CI',
    version: '1.0.0',
    description: '',
    ...(parts.allowHosts === undefined ? {} : { allowHosts: parts.allowHosts }),
  };
  const outgoing = createOutgoing({
    settings: LOCAL,
    settingsOf: () => undefined,
    secrets: { live: () => [] },
    clock: systemClock,
    ...parts,
  })({
    key: 'acme.ci' as PluginKey,
    info,
    logger: winston.createLogger({ format, transports: [new winston.transports.Stream({ stream })] }),
    tasks: parts.tasks ?? { enqueue: async () => ({ id: '1', duplicate: false }), signal: async () => false },
    released: released.signal,
  });
  return { ...outgoing, logged, release: () => released.abort() };
}

export function releaseAll(): void {
  for (const released of made) released.abort();
  made.clear();
}

/** What a call was refused with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    (value) => `it was answered: ${JSON.stringify(value)}`,
    (thrown: { code?: string; message?: string }) => thrown.code ?? `no code: ${thrown.message}`,
  );
}
