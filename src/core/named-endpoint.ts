import type { Endpoint } from './declaration';

/** The endpoint known by this method and path; one that yielded its own path goes by its first further address. */
export function endpointNamed(
  endpoints: readonly Endpoint[],
  method: string,
  path: string,
): Endpoint | undefined {
  return endpoints.find((endpoint) => {
    const [alias] = endpoint.aliases;
    const known = endpoint.path === '' && alias !== undefined ? alias.base + alias.path : endpoint.path;
    return endpoint.method === method && known === path;
  });
}
