import { secretVariable } from '../core/declared-secrets';
import { parsePluginKey } from '../core/plugin-key';
import { variablePrefix } from '../core/plugin-variables';
import type { Settings } from '../core/settings';
import { resolveSettings } from '../core/settings-resolver';
import type { Environment } from '../core/settings-variables';

/** Values by plugin key and name. */
export type TestSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;
/** As the settings file has them: `{ timeouts: { handlerMs: '1s' }, plugins: { 'acme.ci': { config: … } } }`. */
export type TestSettings = Readonly<Record<string, unknown>>;

export interface TestSettingsSources {
  readonly given: TestSettings;
  readonly env: Environment;
  readonly folders: readonly string[];
  /** Absolute. */
  readonly data: string;
  readonly port: number;
}

/**
 * A host's settings for a test: what was given, over a free port, a data folder of its own, no packages of the working
 * folder, a line for each answer that breaks its schema and none for requests. @throws settings/invalid
 */
export function testSettings({ given, env, folders, data, port }: TestSettingsSources): Settings {
  // Of a port that the test chose itself it is not known here where it leads.
  const isOwn = given['port'] !== undefined || env['GATEHOUSE_PORT'] !== undefined;
  const standard = { port, data, ...(isOwn ? {} : { publicUrl: `http://127.0.0.1:${port}` }) };
  const file = {
    ...standard,
    ...given,
    plugins: { packages: false, ...section(given, 'plugins'), folders },
    routes: { brokenResponses: 'log', ...section(given, 'routes') },
    log: { access: false, ...section(given, 'log') },
  };
  return resolveSettings({ flags: {}, env, file, fileName: undefined, workingFolder: data }).settings;
}

/** Secrets as the variables that give them to a host, which takes them from its first moment. */
export function secretVariables(secrets: TestSecrets): Record<string, string> {
  const variables = Object.entries(secrets).flatMap(([plugin, values]) => {
    const key = parsePluginKey(plugin);
    // A text that is no key is no plugin's either: that is said once the plugins are known.
    if (key === undefined) return [];
    const prefix = variablePrefix('SECRET', key);
    return Object.entries(values).map(([name, value]) => [prefix + secretVariable(name), value] as const);
  });
  return Object.fromEntries(variables);
}

function section(given: TestSettings, name: string): object {
  const value = given[name];
  return typeof value === 'object' && value !== null ? value : {};
}
