import { modesOf } from './access';
import type { Endpoint } from './declaration';
import type { EndpointSettings, PluginSettings } from './settings';

/** `//a/b/` as `/a/b`, percent-encoding decoded once; what cannot be decoded is left for the mount to refuse. */
export function normaliseEndpoint(endpoint: string): string {
  let decoded = endpoint;
  try {
    decoded = decodeURIComponent(endpoint);
  } catch {
    // Kept: the mount names the `%` it cannot serve.
  }
  return `/${decoded.split('/').filter(Boolean).join('/')}`;
}

/** What the operator says of a plugin's endpoints under one name, by path as endpoints have it. */
export function saidByPath<Name extends keyof EndpointSettings>(
  { endpoints = {} }: PluginSettings,
  name: Name,
): Map<string, EndpointSettings & Required<Pick<EndpointSettings, Name>>> {
  const said = new Map<string, EndpointSettings & Required<Pick<EndpointSettings, Name>>>();
  for (const [path, one] of Object.entries(endpoints))
    if (says(one, name)) said.set(normaliseEndpoint(path), one);
  return said;
}

function says<Name extends keyof EndpointSettings>(
  one: EndpointSettings,
  name: Name,
): one is EndpointSettings & Required<Pick<EndpointSettings, Name>> {
  return one[name] !== undefined;
}

/** What the signed address of an endpoint goes by: its path, or the one that it yielded to another declaration. */
export function signedPath({ path, aliases }: Pick<Endpoint, 'path' | 'aliases'>): string {
  return path === '' ? (aliases[0]?.path ?? '') : path;
}

/** Whether a request needs the `?token=` of its address, whatever else it needs. */
export function hasSignedUrl({ access }: Pick<Endpoint, 'access'>): boolean {
  return modesOf(access).some((mode) => typeof mode === 'object' && 'signedUrl' in mode);
}
