import { describeAccess, isOpen } from '../core/access';
import type { Endpoint } from '../core/declaration';
import { hasSignedUrl, signedPath } from '../core/endpoint-path';
import { secretsOf } from '../core/declared-secrets';
import type { EndpointStatus, PluginStatus } from '../core/ports/plugin-registry';
import type { PluginKey } from '../core/plugin-key';
import type { PlacedPlugin } from './placed-plugin';

/** One plugin as operators see it: a snapshot. `hasSecret` tells whether a secret has a live value. */
export function toPluginStatus(
  plugin: PlacedPlugin,
  hasSecret: (key: PluginKey, name: string) => boolean,
): PluginStatus {
  const { live, found, key, failure } = plugin;
  const info = live?.mount.info;
  const base = key === undefined ? '' : `/api/plugin/${key}`;
  return {
    key,
    folder: plugin.place,
    name: info?.name ?? text(found.manifest['name']) ?? found.id,
    version: info?.version ?? text(found.manifest['version']) ?? '',
    description: info?.description ?? text(found.manifest['description']) ?? '',
    state: plugin.state,
    generation: live?.generation ?? 0,
    url: key === undefined ? '' : `${base}/`,
    ...(key !== undefined && info?.webuiPath !== undefined && { page: `${base}/__webui__/` }),
    ...(key !== undefined && plugin.config !== undefined && { settingsPage: `${base}/__webui__/settings` }),
    ...(failure === undefined ? {} : { failure }),
    endpoints: (live?.mount.endpoints ?? []).map((endpoint) => toEndpointStatus(base, endpoint)),
    tasks: (live?.mount.tasks ?? []).map(({ name }) => name),
    tools: (live?.mount.tools ?? []).map(({ name }) => name),
    secrets: (live === undefined ? [] : secretsOf(live.mount)).map((secret) => ({
      ...secret,
      isSet: live !== undefined && hasSecret(live.mount.key, secret.name),
    })),
    effects: [...(live?.scope.open ?? [])],
    leases: live?.leases ?? 0,
  };
}

function toEndpointStatus(base: string, endpoint: Endpoint): EndpointStatus {
  return {
    method: endpoint.method,
    path: endpoint.path,
    reach: endpoint.reach,
    access: describeAccess(endpoint.access),
    isOpen: isOpen(endpoint.access),
    ...(hasSignedUrl(endpoint) && { signedPath: signedPath(endpoint) }),
    origin: endpoint.origin.where,
    url: endpoint.path === '' ? '' : `${base}${endpoint.path}`,
    aliases: endpoint.aliases.map((alias) => ({
      url: `${alias.base}${alias.path}`,
      deprecated: alias.deprecated !== undefined,
    })),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
