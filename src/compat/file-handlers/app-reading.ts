import type { Declaration, Endpoint, SecretDeclaration } from '../../core/declaration';
import type { PluginSource, Recognised } from '../../core/dialect';
import { HostError } from '../../core/errors';
import { file } from '../../core/file-body';
import type { PluginInfo } from '../../core/plugin-info';
import type { PluginServices } from '../../core/plugin-services';
import { STANDARD_RETRY } from '../../core/retry';
import type { FolderIdentity } from '../folder-identity';
import { agentTasks } from './agent-tasks';
import { appBases, type App } from './app';
import type { AppContents } from './app-folder';
import { isAppId, parseAppManifest, type AppManifest } from './app-manifest';
import { fileEndpoints, SERVER_PREFIX } from './file-endpoints';
import { fileRoute } from './file-route';
import { fileTool } from './file-tools';

const DIALECT = 'file-handlers';
/** The page's own path; a name that begins with `_` is no file's. */
const PAGE = '/_view';

/** One app, read. States: read → bound → translated. */
export class AppReading implements Recognised, App {
  readonly id: string;
  readonly manifest: AppManifest;
  readonly info: PluginInfo;
  readonly hookBase: string;
  readonly serverBase: string;
  readonly pageBase: string;
  readonly #issues: string[] = [];
  #services: PluginServices | undefined;

  constructor(
    private readonly folder: string,
    { version }: PluginSource['manifest'],
    private readonly contents: AppContents,
    { id, author, module }: FolderIdentity,
  ) {
    this.manifest = parseAppManifest(contents.informer, this.#issues);
    this.id = this.manifest.id ?? id;
    if (!isAppId(this.id))
      this.#issues.push("the folder's name cannot stand in addresses; give informer.yaml an id");
    ({ hookBase: this.hookBase, serverBase: this.serverBase, pageBase: this.pageBase } = appBases(this.id));
    this.info = {
      author,
      module,
      name: this.manifest.name ?? id,
      version: typeof version === 'string' && version !== '' ? version : '0.0.0',
      description: this.manifest.description,
      ...(contents.hasPage && { webuiPath: PAGE }),
    };
  }

  /** @throws plugin/not-bound */
  get services(): PluginServices {
    if (this.#services === undefined) throw new HostError('plugin/not-bound', ['services']);
    return this.#services;
  }

  bind(services: PluginServices): void {
    this.#services = services;
  }

  addressOf(address: string): string {
    if (address === PAGE) return this.pageBase;
    if (address === SERVER_PREFIX || address.startsWith(`${SERVER_PREFIX}/`))
      return this.serverBase + address.slice(SERVER_PREFIX.length);
    return this.hookBase + address;
  }

  /** @throws compat/bad-app with everything that is wrong with any file */
  translate(): Declaration[] {
    const endpoints = this.contents.files.flatMap(([name, written]): Declaration[] => {
      const issues: string[] = [];
      const route = fileRoute(name);
      const made =
        typeof route === 'object'
          ? fileEndpoints(this, route, written, issues)
          : [typeof route === 'string' ? undefined : fileTool(this, name, written, issues)];
      this.#issues.push(...(typeof route === 'string' ? [route] : issues));
      return made.filter((one) => one !== undefined);
    });
    if (this.#issues.length > 0)
      throw new HostError('compat/bad-app', [
        this.folder,
        this.#issues.map((issue) => `  - ${issue}`).join('\n'),
      ]);
    const page = this.contents.hasPage ? [this.#page()] : [];
    return [...endpoints, ...page, ...agentTasks(this), ...this.#secrets()];
  }

  /** Anybody may read it: it holds nothing, and what it shows, it asks for. */
  #page(): Endpoint {
    const { folder } = this;
    return {
      kind: 'endpoint',
      origin: { dialect: DIALECT, where: 'index.html' },
      method: 'GET',
      path: PAGE,
      reach: 'exact',
      access: 'public',
      isWebhook: true,
      body: { kind: 'auto' },
      answer: 'handler',
      retry: STANDARD_RETRY,
      aliases: [{ base: this.pageBase, path: '/', share: 'sole' }],
      serve: { handle: () => file('index.html', { root: folder }) },
    };
  }

  #secrets(): SecretDeclaration[] {
    return this.manifest.env.map(({ name, description, required }) => ({
      kind: 'secret',
      origin: { dialect: DIALECT, where: `informer.yaml env ${name}` },
      ...{ name, description, required },
    }));
  }
}
