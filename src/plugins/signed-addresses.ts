import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import type { Endpoint } from '../core/declaration';
import { hasSignedUrl, signedPath } from '../core/endpoint-path';
import { toError } from '../core/errors';
import type { Mount } from '../core/mount';
import type { PluginKey } from '../core/plugin-key';
import type { SignedUrls } from '../core/ports/signed-urls';
import { OwnAddresses } from './own-addresses';

export interface SignedAddressParts {
  readonly signedUrls: Pick<SignedUrls, 'provide' | 'current'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error'>;
}

/** The `?token=` of the addresses that plugins give out. */
export interface SignedAddresses {
  /** Sees to it that each signed address has a token. Where none can be stored, that is logged: the address stays closed. */
  provide(mount: Mount): Promise<void>;
  /** What `path` needs as `?token=`, by whichever method it is asked for; undefined where it needs none. */
  tokenAt(plugin: PluginKey, endpoints: readonly Endpoint[], path: string): string | undefined;
}

export function createSignedAddresses({ signedUrls, clock, logger }: SignedAddressParts): SignedAddresses {
  /** By what one generation declares. */
  const known = new WeakMap<readonly Endpoint[], OwnAddresses>();
  return {
    async provide({ key, endpoints }) {
      for (const path of new Set(endpoints.filter(hasSignedUrl).map(signedPath)))
        await signedUrls
          .provide(key, path)
          .catch((thrown: unknown) =>
            logger.error(
              `the signed address of ${path} has no token yet; ` +
                `\`gatehouse plugins urls ${key} --issue ${path}\` makes one: ${toError(thrown).message}`,
              { plugin: key },
            ),
          );
    },
    tokenAt(plugin, endpoints, path) {
      if (!endpoints.some(hasSignedUrl)) return undefined;
      const addresses = known.get(endpoints) ?? new OwnAddresses(plugin, endpoints);
      known.set(endpoints, addresses);
      const endpoint = addresses.signedAt(path);
      return endpoint && signedUrls.current(plugin, signedPath(endpoint), clock.now());
    },
  };
}
