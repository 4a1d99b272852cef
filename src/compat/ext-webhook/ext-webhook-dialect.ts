import type { Declaration } from '../../core/declaration';
import type { Dialect, PluginSource, Recognised } from '../../core/dialect';
import { HostError } from '../../core/errors';
import {
  aText,
  flag,
  makeTogether,
  optionIssues,
  refuseIssues,
  texts,
  type Rule,
} from '../../core/option-issues';
import type { PluginInfo } from '../../core/plugin-info';
import type { PluginKey } from '../../core/plugin-key';
import type { PluginServices } from '../../core/plugin-services';
import { isStandardSchema } from '../../core/standard-schema';
import { folderIdentity, likelyIdentity, type FolderIdentity } from '../folder-identity';
import type { Extension, ExtensionSecret } from './extension';
import { EXTENSION, type ExtensionReading } from './extension-reading';
import { functionTool, scheduleParts, secretOf } from './extension-work';
import { DIALECT, webhookBase, webhookEndpoint } from './webhook-endpoint';

const aSchema: Rule = (value) => (isStandardSchema(value) ? undefined : 'must be a Standard Schema');
const RULES = {
  version: aText,
  displayName: aText,
  description: aText,
  icon: aText,
  actionsExplicit: flag,
  capabilities: texts,
  config: aSchema,
};

/** Of the key, where package.json names none. */
const AUTHOR = 'ext';

/** Plugins that export a `new Extension(…)`. Its key and its app id are its folder's. */
export const extWebhookDialect: Dialect = {
  name: DIALECT,
  basesOf: (source, key) => {
    const { id, author, module } = likelyIdentity(source, AUTHOR);
    return key === `${author}.${module}` ? [webhookBase(id)] : [];
  },
  recognise(source) {
    const found = new Map<ExtensionReading, string>();
    for (const [name, value] of Object.entries(source.module ?? {})) {
      const reading = readingOf(value);
      if (reading !== undefined && !found.has(reading)) found.set(reading, name);
    }
    const [first, ...others] = found.keys();
    if (first === undefined) return undefined;
    if (others.length > 0) throw new HostError('plugin/many-exports', [[...found.values()].join(', ')]);
    return new ExtensionPlugin(first, source);
  },
};

/** By its brand: the plugin may hold another copy of the class. */
function readingOf(value: unknown): ExtensionReading | undefined {
  return typeof value === 'object' && value !== null ? (value as Partial<Extension>)[EXTENSION] : undefined;
}

/** An extension as the host reads it. */
class ExtensionPlugin implements Recognised {
  readonly info: PluginInfo;
  readonly #reading: ExtensionReading;
  readonly #identity: FolderIdentity;

  /** What is wrong with how the extension was made. */
  readonly #faults: readonly string[];

  /** @throws plugin/invalid-info */
  constructor(reading: ExtensionReading, source: PluginSource) {
    this.#reading = reading;
    const { author, module, id } = (this.#identity = folderIdentity(source, AUTHOR));
    const options = Object(reading.options) as Readonly<Record<string, unknown>>;
    this.#faults = [
      ...(typeof reading.id === 'string' && reading.id !== ''
        ? []
        : ['new Extension: the id must be a string']),
      ...optionIssues(`new Extension(${JSON.stringify(reading.id) ?? ''})`, reading.options, RULES),
    ];
    reading.name(id);
    this.info = {
      author,
      module,
      name: firstText(options['displayName'], reading.id, id),
      version: firstText(options['version'], source.manifest['version'], '0.0.0'),
      description: String(options['description'] ?? ''),
    };
  }

  get #key(): PluginKey {
    return `${this.#identity.author}.${this.#identity.module}` as PluginKey;
  }
  get configSchema(): Recognised['configSchema'] {
    return this.#reading.configSchema;
  }

  /** As the dialect documents it, whatever id the author typed. */
  addressOf(path: string): string {
    const segments = path.split('/').filter((segment) => segment !== '');
    return [webhookBase(this.#identity.id), ...segments].join('/');
  }

  /** @throws plugin/bound-twice */
  bind(services: PluginServices): void {
    this.#reading.bind(services);
  }

  /** @throws mount/invalid listing everything wrong with what was declared */
  translate(): Declaration[] {
    const reading = this.#reading;
    const key = this.#key;
    const { id } = this.#identity;
    const faults = [
      ...this.#faults,
      ...reading.faults,
      ...reading.unfinished.map((where) => `${where} was given no function: call what it returns with one`),
    ];
    const written = reading.secrets.map((secret) => Object(secret) as ExtensionSecret);
    const ownOnly = new Set(written.flatMap((one) => (one.writeMode === 'extension' ? one.name : [])));
    const bound = () => ({ services: reading.services, isShared: (name: string) => !ownOnly.has(name) });
    return makeTogether<Declaration[]>(key, [
      () => {
        refuseIssues(key, faults);
        return [];
      },
      ...reading.secrets.map((secret) => () => [secretOf(key, secret)]),
      ...reading.webhooks.map((webhook) => () => [webhookEndpoint(key, id, webhook, bound)]),
      ...reading.functions.map((written) => () => [functionTool(key, written, bound)]),
      ...reading.schedules.map((schedule) => () => scheduleParts(key, schedule, bound)),
    ]).flat();
  }
}

function firstText(...candidates: readonly unknown[]): string {
  return candidates.find((one): one is string => typeof one === 'string' && one.trim() !== '') ?? '';
}
