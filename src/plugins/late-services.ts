import { HostError } from '../core/errors';
import type { PluginServices } from '../core/plugin-services';

/**
 * The services of one generation, known only after its code ran. The loader hands `get` to host modules that are
 * made per generation, so that `import { message } from 'gatehouse/compat'` works before the key is known.
 */
export class LateServices {
  #services: PluginServices | undefined;

  /** @throws plugin/not-bound while the plugin's own module body is still running */
  readonly get = (): PluginServices => {
    if (this.#services === undefined) throw new HostError('plugin/not-bound', ['services']);
    return this.#services;
  };

  /** Once per generation, before its dialect translates. */
  bind(services: PluginServices): void {
    this.#services = services;
  }
}
