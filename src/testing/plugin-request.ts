import { createRequire } from 'node:module';
import type TestAgent from 'supertest/lib/agent';
import { HostError } from '../core/errors';
import type { PluginInfo } from '../core/plugin-info';
import type { StartGivenHost, TestHost, TestHostOptions } from './test-host';

/** A plugin object, a decorated plugin class, or what makes one of them: a plugin object can be mounted only once. */
export type GivenPlugin = object | (() => object);

export interface PluginRequestOptions extends Pick<TestHostOptions, 'settings' | 'env' | 'channel'> {
  /** Of this plugin, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Supertest's agent; its paths start below the plugin's own address: `.get('/tasks')`. */
export type PluginAgent = TestAgent & {
  readonly host: TestHost;
  /** Stops the host behind it. */
  stop(): Promise<void>;
};

export interface PluginRequestParts {
  readonly start: StartGivenHost;
  /** What a plugin object or a plugin class says of itself; undefined for anything else. */
  readonly infoOf: (value: unknown) => PluginInfo | undefined;
  /** How packages are found; a test may stand in its way. */
  readonly load?: (name: string) => unknown;
}

/** @throws testing/not-a-plugin, testing/no-supertest, testing/plugin-failed; those of `startHost` */
export type RequestPlugin = (given: GivenPlugin, options?: PluginRequestOptions) => Promise<PluginAgent>;

export function createRequest({
  start,
  infoOf,
  load = createRequire(__filename),
}: PluginRequestParts): RequestPlugin {
  return async (given, { secrets, ...options } = {}) => {
    const supertest = supertestFrom(load);
    const plugin = typeof given === 'function' && infoOf(given) === undefined ? given() : given;
    const info = infoOf(plugin);
    if (info === undefined) throw new HostError('testing/not-a-plugin', []);
    const key = `${info.author}.${info.module}`;
    const host = await start(plugin, {
      ...options,
      ...(secrets === undefined ? {} : { secrets: { [key]: secrets } }),
    });
    const agent = supertest.agent(`${host.url}/api/plugin/${key}`);
    return Object.assign(agent, { host, stop: () => host.stop() });
  };
}

interface Supertest {
  agent(app: string): TestAgent;
}

/** Asked for where it is used: everything else here works without it. */
function supertestFrom(load: (name: string) => unknown): Supertest {
  try {
    return load('supertest') as Supertest;
  } catch (cause) {
    throw new HostError('testing/no-supertest', [], { cause });
  }
}
