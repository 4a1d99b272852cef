import { messagesThrough } from '../../src/core/messages';
import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import winston from 'winston';
import { MountTable } from '../../src/core/mount-table';
import { readConfigValues } from '../../src/plugins/config-values';
import { GatePlugin } from '../../src/plugins/decorators';
import { discover } from '../../src/plugins/discover';
import type { GenerationParts } from '../../src/plugins/generation';
import { servicesFactory, type ServicesParts } from '../../src/plugins/generation-services';
import { guessKey } from '../../src/plugins/identity';
import { moduleLoader } from '../../src/plugins/module-loader';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { PluginBase } from '../../src/plugins/plugin';
import { LocalPluginRegistry } from '../../src/plugins/plugin-registry';
import { Reconciler } from '../../src/plugins/reconciler';
import { WantedFollower } from '../../src/plugins/wanted-follower';
import { WantedState } from '../../src/plugins/wanted-state';
import { openSharedDatabase, type SharedDatabase } from './shared-database';

export interface YardOptions {
  readonly startMs?: number;
  readonly drainMs?: number;
  readonly newPlugins?: 'enabled' | 'disabled';
  /** Names of plugins folders inside the yard. Default `plugins`. */
  readonly folders?: readonly string[];
  /** Default: nothing goes out. */
  readonly outgoingOf?: ServicesParts['outgoingOf'];
  /** Further parts, from what the yard is made of. */
  readonly partsOf?: (made: { database: SharedDatabase; logger: winston.Logger }) => {
    readonly generations?: Partial<GenerationParts>;
    readonly services?: Partial<ServicesParts>;
  };
  /** The plugins folders are not made. */
  readonly missing?: boolean;
}
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly plugin?: string;
  readonly stack?: string;
}

/** A host's plugins part on real files, with the real loader: everything but the gateway. */
export class PluginYard {
  /** What plugins wrote with `note` of `gatehouse/journal`. */
  readonly journal: string[] = [];
  readonly log: LogLine[] = [];
  table!: MountTable;
  wanted!: WantedState;
  reconciler!: Reconciler;
  registry!: LocalPluginRegistry;
  /** What other hosts would change, and be told, if there were any. */
  database!: SharedDatabase;
  readonly #gates = new Map<string, () => void>();

  private constructor(
    readonly root: string,
    readonly options: YardOptions,
  ) {}

  static async open(options: YardOptions = {}): Promise<PluginYard> {
    const root = await realpath(await mkdtemp(path.join(tmpdir(), 'gatehouse-yard-')));
    const yard = new PluginYard(root, options);
    if (options.missing !== true) for (const folder of yard.folders) await mkdir(folder);
    await yard.#build();
    return yard;
  }

  get folders(): string[] {
    return (this.options.folders ?? ['plugins']).map((name) => path.join(this.root, name));
  }
  get data(): string {
    return path.join(this.root, 'data');
  }
  place(name: string): string {
    return path.join(this.folders[0] ?? '', name);
  }

  /** Writes one file, its folders made. Relative names start in the first plugins folder. */
  async write(name: string, text: string): Promise<string> {
    const file = path.resolve(this.folders[0] ?? '', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  /** A plugin whose body has `plugin`, `note(text)` and `gate(name)`, a promise that `openGate(name)` settles. */
  async plugin(folder: string, key: string, body = '', more = ''): Promise<void> {
    await this.write(`${folder}/index.ts`, sourceOf(key, body, more));
  }

  async remove(name: string): Promise<void> {
    await rm(this.place(name), { recursive: true });
  }
  /** Renames inside the yard. */
  async rename(from: string, to: string): Promise<void> {
    await rename(path.join(this.root, from), path.join(this.root, to));
  }

  openGate(name: string): void {
    this.#gates.get(name)?.();
  }

  /** As a new process on the same files would. */
  async restart(options: { deadlineMs?: number } = {}): Promise<void> {
    await this.#end(options.deadlineMs ?? 1_000);
    await this.#build();
  }

  async close(): Promise<void> {
    await this.#end(1_000);
    await rm(this.root, { recursive: true, force: true });
  }

  errors(): string[] {
    return this.log.filter(({ level }) => level === 'error').map(({ message }) => message);
  }

  async #end(deadlineMs: number): Promise<void> {
    await this.reconciler.shutdown(deadlineMs);
    await this.database.close();
  }

  async #build(): Promise<void> {
    const logger = this.#logger();
    this.database = await openSharedDatabase(path.join(this.data, 'inbox.db'), logger);
    const { shared, hosts } = this.database;
    const { startMs = 5_000, drainMs = 200, newPlugins = 'enabled' } = this.options;
    this.table = new MountTable();
    const file = path.join(this.data, 'plugins.json');
    this.wanted = await WantedState.open({ file, shared, newPlugins, logger });
    const configOf = (key: any) => readConfigValues(key, { environment: {}, file: undefined, others: [] });
    const gatehouse = { Plugin: PluginBase, GatePlugin };
    const journal = {
      note: (text: string) => this.journal.push(text),
      gate: (name: string) => new Promise<void>((resolve) => this.#gates.set(name, resolve)),
    };
    const modules = new Map<string, unknown>([
      ['gatehouse', gatehouse],
      ['gatehouse/journal', journal],
    ]);
    const parts = this.options.partsOf?.({ database: this.database, logger });
    this.reconciler = new Reconciler({
      discover: () => discover({ folders: this.folders, packages: true, workingFolder: this.root }),
      guessKey: ({ entry, manifest }) => guessKey(entry, manifest),
      generations: {
        load: moduleLoader((name) => modules.get(name)),
        dialects: [nativeDialect],
        services: servicesFactory({
          logger,
          data: this.data,
          facesOf: ({ key }) => ({ message: messagesThrough(async () => ({ id: key })) }),
          publicUrl: undefined,
          configOf,
          outgoingOf: this.options.outgoingOf,
          ...parts?.services,
        }),
        startMs,
        logger,
        ...parts?.generations,
      },
      table: this.table,
      wanted: this.wanted,
      drainMs,
      logger,
    });
    const { reconciler, wanted } = this;
    const follower = new WantedFollower({ reconciler, wanted, shared, hosts });
    this.registry = new LocalPluginRegistry({
      reconciler,
      wanted,
      follower,
      hosts,
      hearMs: 1_000,
    });
  }

  #logger(): winston.Logger {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.log.push(JSON.parse(chunk.toString()));
        done();
      },
    });
    return winston.createLogger({
      level: 'debug',
      format: winston.format.json(),
      transports: [new winston.transports.Stream({ stream })],
    });
  }
}

export function sourceOf(key: string, body = '', more = ''): string {
  const [author, module] = key.split('.');
  return `import { Plugin } from 'gatehouse';
import { note, gate } from 'gatehouse/journal';
export const plugin = new Plugin({ author: '${author}', module: '${module}', version: '1.0.0', name: '${module}', description: 'A plugin of a test.'${more} });
${body}
`;
}

/** Resolves when `condition` holds; the test's own time limit is the only deadline. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
