import { describeAccess, isOpen } from '../core/access';
import type { Endpoint } from '../core/declaration';
import { hasSignedUrl, signedPath } from '../core/endpoint-path';
import { secretsIn, secretsOf } from '../core/declared-secrets';
import type { EndpointStatus, PluginStatus } from '../core/ports/plugin-registry';
import type { Mount } from '../core/mount';
import { senderHeaders, type RowOf } from '../core/sender-headers';
import type { PluginKey } from '../core/plugin-key';
import type { PlacedPlugin } from './placed-plugin';
import { hasReadme } from './plugin-readme';

/** One plugin as operators see it: a snapshot. `hasSecret` tells whether a secret has a live value, `rowOf` of known senders. */
export function toPluginStatus(
  plugin: PlacedPlugin,
  hasSecret: (key: PluginKey, name: string) => boolean,
  rowOf: RowOf,
): PluginStatus {
  const { live, found, key, failure } = plugin;
  const info = live?.mount.info;
  const packageName = text(found.manifest['name']);
  const base = key === undefined ? '' : `/api/plugin/${key}`;
  return {
    key,
    folder: plugin.place,
    name: info?.name ?? packageName ?? found.id,
    version: info?.version ?? text(found.manifest['version']) ?? '',
    description: info?.description ?? text(found.manifest['description']) ?? '',
    state: plugin.state,
    generation: live?.generation ?? 0,
    url: key === undefined ? '' : `${base}/`,
    ...(key !== undefined && info?.webuiPath !== undefined && { page: `${base}/__webui__/` }),
    ...(key !== undefined && plugin.config !== undefined && { settingsPage: `${base}/__webui__/settings` }),
    ...(failure === undefined ? {} : { failure }),
    origin: live === undefined ? [] : dialectsOf(live.mount),
    ...(packageName !== undefined && { packageName }),
    hasReadme: hasReadme(found),
    endpoints: (live?.mount.endpoints ?? []).map((endpoint) => toEndpointStatus(base, endpoint, rowOf)),
    tasks: (live?.mount.tasks ?? []).map(({ name }) => name),
    schedules: (live?.mount.schedules ?? []).map(({ name }) => name),
    tools: (live?.mount.tools ?? []).map(({ name }) => name),
    secrets: (live === undefined ? [] : secretsOf(live.mount)).map((secret) => ({
      ...secret,
      isSet: live !== undefined && hasSecret(live.mount.key, secret.name),
    })),
    effects: [...(live?.scope.open ?? [])],
    leases: live?.leases ?? 0,
  };
}

function toEndpointStatus(base: string, endpoint: Endpoint, rowOf: RowOf): EndpointStatus {
  const headers = senderHeaders(endpoint.access, rowOf);
  const secretNames = secretsIn(endpoint.access);
  return {
    method: endpoint.method,
    path: endpoint.path,
    reach: endpoint.reach,
    ...('connect' in endpoint.serve && { isSocket: true as const }),
    access: describeAccess(endpoint.access),
    isOpen: isOpen(endpoint.access),
    ...(headers.length > 0 && { headers }),
    ...(secretNames.length > 0 && { secretNames }),
    ...(hasSignedUrl(endpoint) && { signedPath: signedPath(endpoint) }),
    origin: endpoint.origin.where,
    url: endpoint.path === '' ? '' : `${base}${endpoint.path}`,
    aliases: endpoint.aliases.map((alias) => ({
      url: `${alias.base}${alias.path}`,
      deprecated: alias.deprecated !== undefined,
    })),
  };
}

function dialectsOf({ endpoints, tasks, schedules, tools, secrets, effects }: Mount): readonly string[] {
  const declared = [endpoints, tasks, schedules, tools, secrets, effects].flat();
  return [...new Set(declared.map(({ origin }) => origin.dialect))];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
