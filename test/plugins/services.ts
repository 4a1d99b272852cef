import { Writable } from 'node:stream';
import winston from 'winston';
import { systemClock } from '../../src/core/clock';
import { createSchemesByHand } from '../../src/signatures/schemes-by-hand';
import type { PluginKey } from '../../src/core/plugin-key';
import type { PluginServices } from '../../src/core/plugin-services';
import { noFaces, type Sent } from '../support/no-faces';
import { noOutgoing } from '../support/no-outgoing';

export interface KeptServices extends PluginServices {
  readonly sent: Sent[];
  readonly logged: string[];
}

/** Services of one generation; what it logs and sends is kept. */
export function keptServices(config: Readonly<Record<string, unknown>> = {}): KeptServices {
  const sent: Sent[] = [];
  const logged: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(chunk.toString().trim());
      done();
    },
  });
  const format = winston.format.printf(({ level, message }) => `${level}: ${String(message)}`);
  return {
    key: 'acme.ci' as PluginKey,
    info: { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' },
    logger: winston.createLogger({ format, transports: [new winston.transports.Stream({ stream })] }),
    dataDir: '/data/acme.ci',
    config,
    secrets: { get: () => undefined, set: async () => undefined },
    signatures: createSchemesByHand({ publicUrl: undefined, clock: systemClock, jsonBytes: 1_000_000 }),
    ...noFaces(sent, 'acme.ci'),
    tasks: { enqueue: async () => ({ id: '1', duplicate: false }), signal: async () => false },
    outgoing: noOutgoing,
    signal: new AbortController().signal,
    spawn: () => 'acme.ci-1-1',
    webhookUrl: (path) => `/api/plugin/acme.ci${path}`,
    sent,
    logged,
  };
}
