import type { EndpointHealth, HealthDesk, Overview } from '../core/ports/health-desk';
import { listIn, type OperatorConnection } from './operator-connection';

/** How a host in another process is. */
export function connectHealth({ where, read }: OperatorConnection): HealthDesk {
  return {
    overview: async () => (await read('GET', 'overview')) as unknown as Overview,
    endpoints: async () => listIn<EndpointHealth>(await read('GET', 'health/endpoints'), 'endpoints', where),
  };
}
