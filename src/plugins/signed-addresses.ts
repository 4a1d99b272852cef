import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import type { Endpoint } from '../core/declaration';
import { hasSignedUrl, signedPath } from '../core/endpoint-path';
import { toError } from '../core/errors';
import type { Mount } from '../core/mount';
import type { PluginKey } from '../core/plugin-key';
import type { SignedUrls } from '../core/ports/signed-urls';

export interface SignedAddressParts {
  readonly signedUrls: Pick<SignedUrls, 'provide' | 'current'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error'>;
}

/** The `?token=` of the addresses that plugins give out. */
export interface SignedAddresses {
  /** Sees to it that each signed address has a token. Where none can be stored, that is logged: the address stays closed. */
  provide(mount: Mount): Promise<void>;
  /** What `path` needs as `?token=`, as the endpoint that answers there is declared; undefined where it needs none. */
  tokenAt(plugin: PluginKey, endpoints: readonly Endpoint[], path: string): string | undefined;
}

export function createSignedAddresses({ signedUrls, clock, logger }: SignedAddressParts): SignedAddresses {
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
      const endpoint = endpointAt(endpoints, path);
      if (endpoint === undefined || !hasSignedUrl(endpoint)) return undefined;
      return signedUrls.current(plugin, signedPath(endpoint), clock.now());
    },
  };
}

/** Declared so, else by its parameters, else the Router that begins last before it. */
function endpointAt(endpoints: readonly Endpoint[], path: string): Endpoint | undefined {
  const wanted = segmentsOf(path);
  const [exact, subtrees] = [
    endpoints.filter(({ reach }) => reach === 'exact'),
    endpoints.filter(({ reach }) => reach === 'subtree'),
  ];
  const isBelow = ({ path: prefix }: Endpoint) =>
    segmentsOf(prefix).every((segment, index) => segment === wanted[index]);
  return (
    exact.find((endpoint) => segmentsOf(signedPath(endpoint)).join('/') === wanted.join('/')) ??
    exact.find((endpoint) => fits(segmentsOf(signedPath(endpoint)), wanted)) ??
    subtrees.filter(isBelow).sort((a, b) => b.path.length - a.path.length)[0]
  );
}

function fits(pattern: readonly string[], wanted: readonly string[]): boolean {
  const isOpenEnded = pattern.at(-1)?.startsWith('*') === true;
  if (isOpenEnded ? wanted.length < pattern.length : wanted.length !== pattern.length) return false;
  return pattern.every((segment, index) => /^[:*]/.test(segment) || segment === wanted[index]);
}

const segmentsOf = (path: string) => path.split('/').filter(Boolean);
