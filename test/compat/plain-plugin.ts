import { Writable } from 'node:stream';
import type { Router } from 'express';
import winston from 'winston';
import { systemClock } from '../../src/core/clock';
import { createSchemesByHand } from '../../src/signatures/schemes-by-hand';
import { withCompat } from '../../src/compat';
import { Declarer, type Declaration, type Effect, type Endpoint } from '../../src/core/declaration';
import type { DocumentStore } from '../../src/core/documents';
import { HostError } from '../../src/core/errors';
import type { PluginKey } from '../../src/core/plugin-key';
import type { PluginServices } from '../../src/core/plugin-services';
import { toolDeclaration, type ToolOptions } from '../../src/plugins/tool';

import { noFaces, type Sent } from '../support/no-faces';
import { noOutgoing } from '../support/no-outgoing';

/** The least that authors' plugins have: a list of declarations. */
class PlainBase extends Declarer {
  readonly key: PluginKey;
  readonly declarations: Declaration[] = [];
  readonly factories: (() => Router)[] = [];
  bound: PluginServices | undefined;
  constructor(key = 'dev.demo') {
    super();
    this.key = key as PluginKey;
  }
  get services(): PluginServices {
    if (this.bound === undefined) throw new HostError('plugin/not-bound', ['services']);
    return this.bound;
  }
  get store(): DocumentStore {
    return this.services.store;
  }
  declare(declaration: Declaration): void {
    this.declarations.push(declaration);
  }
  get endpoints(): Endpoint[] {
    return this.declarations.filter((declaration) => declaration.kind === 'endpoint');
  }
  mountRouter(factory: () => Router): void {
    this.factories.push(factory);
  }
  tool(options: ToolOptions, call: unknown): void {
    this.declare(toolDeclaration(this.key, 'tool', options, call));
  }
  onInit(start: Effect['start']): void {
    this.#effect('onInit', start);
  }
  onCleanup(run: Effect['start']): void {
    this.#effect('onCleanup', (scope) => scope.defer('onCleanup', () => run(scope)));
  }
  #effect(where: string, start: Effect['start']): void {
    this.declare({ kind: 'effect', origin: { dialect: 'plain', where }, label: where, start });
  }
}
export class PlainPlugin extends withCompat(PlainBase) {}

/** Services of one generation; what it logs and sends is kept. */
export function plainServices(pluginKey = 'dev.demo'): PluginServices & { sent: Sent[]; logged: string[] } {
  const [author = '', module = ''] = pluginKey.split('.');
  const sent: Sent[] = [];
  const logged: string[] = [];
  const logger = winston.createLogger({
    level: 'debug',
    format: winston.format.printf(({ level, message }) => `${level}: ${String(message)}`),
    transports: [
      new winston.transports.Stream({
        stream: new Writable({
          write(chunk: Buffer, _encoding: string, done: () => void) {
            logged.push(chunk.toString().trim());
            done();
          },
        }),
      }),
    ],
  });
  return {
    key: pluginKey as PluginKey,
    info: { author, module, name: 'Demo', version: '1.0.0', description: '' },
    logger,
    dataDir: `/data/${pluginKey}`,
    config: {},
    signatures: createSchemesByHand({ publicUrl: undefined, clock: systemClock, jsonBytes: 1_000_000 }),
    ...noFaces(sent, pluginKey),
    secrets: { get: () => undefined, set: async () => undefined },
    tasks: { enqueue: async () => ({ id: '1', duplicate: false }), signal: async () => false },
    outgoing: noOutgoing,
    signal: new AbortController().signal,
    spawn: () => 'dev.demo-1-1',
    webhookUrl: (path) => path,
    sent,
    logged,
  };
}
