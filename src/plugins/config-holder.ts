import type { Logger } from 'winston';
import { toError } from '../core/errors';
import type { ConfigChanges } from '../core/ports/plugin-config';
import { ConfigFollower, type ConfigFields } from './config-follower';
import type { GenerationFacts, ServicesParts } from './generation-services';
import { maskedWhenShown } from './shown-config';

/** The configuration of one generation: what it was loaded with, or what was stored since, where it follows that. */
export interface ConfigHolder {
  readonly values: ConfigFields;
  readonly changes: ConfigChanges | undefined;
}

/** @throws plugin/ambiguous-config, plugin/config-unreadable, plugin/invalid-config */
export async function createConfigHolder(
  { key, config: declared, actor, signal }: GenerationFacts,
  { configOf, followConfig }: Pick<ServicesParts, 'configOf' | 'followConfig'>,
  logger: Logger,
): Promise<ConfigHolder> {
  const read = async () => maskedWhenShown(declared, await configOf(key, declared, actor));
  let values = await read();
  const follow: ConfigChanges['follow'] = (changed) => {
    const follower = new ConfigFollower({
      read,
      current: () => values,
      take(next) {
        const before = values;
        values = next;
        logger.info('the configuration has changed');
        changed(next, before);
      },
      failed: (thrown) =>
        logger.error('the changed configuration cannot be taken; the one before stays', {
          reason: toError(thrown).message,
        }),
    });
    const stop = followConfig?.(key, follower);
    const end = () => {
      follower.end();
      stop?.();
      signal.removeEventListener('abort', end);
    };
    signal.addEventListener('abort', end, { once: true });
    // What was stored while the generation was loading.
    follower.changed();
    return end;
  };
  return {
    get values() {
      return values;
    },
    changes: declared === undefined || followConfig === undefined ? undefined : { follow },
  };
}
