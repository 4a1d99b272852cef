import { createRequire } from 'node:module';
import type TestAgent from 'supertest/lib/agent';
import type Test from 'supertest/lib/test';
import { HostError } from '../core/errors';
import type { PluginInfo } from '../core/plugin-info';
import type { SignatureRow } from '../core/signature-row';
import type { Signed, SignedOptions, SignedTestRequest } from './signed';
import type { StartGivenHost, TestHost, TestHostOptions } from './test-host';

/** A plugin object, a decorated plugin class, or what makes one of them: a plugin object can be mounted only once. */
export type GivenPlugin = object | (() => object);

export interface PluginRequestOptions extends Pick<
  TestHostOptions,
  'settings' | 'env' | 'channel' | 'clock'
> {
  /** Of this plugin, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Supertest's agent; its paths start below the plugin's own address: `.get('/tasks')`. */
export type PluginAgent = TestAgent & {
  readonly host: TestHost;
  /**
   * A request to a path below the plugin's address, signed as its sender does: `.signed('github', '/hook', { secret, body })`.
   * Its moment is the clock's, its address the plugin's own, unless they are given.
   * @throws testing/cannot-sign, signatures/unknown-row, signatures/cannot-sign
   */
  signed(sender: string | SignatureRow, path: string, options: SignedOptions): Test;
  /** Stops the host behind it. */
  stop(): Promise<void>;
};

export interface PluginRequestParts {
  readonly start: StartGivenHost;
  readonly signed: Signed;
  /** What a plugin object or a plugin class says of itself; undefined for anything else. */
  readonly infoOf: (value: unknown) => PluginInfo | undefined;
  /** How packages are found; a test may stand in its way. */
  readonly load?: (name: string) => unknown;
}

/** @throws testing/not-a-plugin, testing/no-supertest, testing/plugin-failed; those of `startHost` */
export type RequestPlugin = (given: GivenPlugin, options?: PluginRequestOptions) => Promise<PluginAgent>;

export function createRequest({
  start,
  signed,
  infoOf,
  load = createRequire(__filename),
}: PluginRequestParts): RequestPlugin {
  return async (plugged, { secrets, ...options } = {}) => {
    const supertest = supertestFrom(load);
    const plugin = typeof plugged === 'function' && infoOf(plugged) === undefined ? plugged() : plugged;
    const info = infoOf(plugin);
    if (info === undefined) throw new HostError('testing/not-a-plugin', []);
    const key = `${info.author}.${info.module}`;
    const host = await start(plugin, {
      ...options,
      ...(secrets === undefined ? {} : { secrets: { [key]: secrets } }),
    });
    const agent = supertest.agent(`${host.url}/api/plugin/${key}`);
    return Object.assign(agent, {
      host,
      signed: (sender: string | SignatureRow, path: string, given: SignedOptions) => {
        const at = options.clock?.now() ?? Date.now();
        const request = signed(sender, { at, url: host.urlOf(key, path), ...given });
        return sent(agent, path, request);
      },
      stop: () => host.stop(),
    });
  };
}

/** The bytes that were signed: an object of this content type would be written anew. */
function sent(agent: TestAgent, path: string, { method, headers, body }: SignedTestRequest): Test {
  const verb = method.toLowerCase() as 'post';
  return agent[verb](path)
    .set(headers)
    .serialize(() => body as unknown as string)
    .send(body);
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
