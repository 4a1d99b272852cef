import type { Declaration } from '../../src/core/declaration';
import type { LiveMount } from '../../src/core/live-mount';
import { MountTable } from '../../src/core/mount-table';
import type { ApiDescriptions } from '../../src/core/ports/api-description';
import { createDocsRouter, type DocsParts } from '../../src/http/docs-router';
import { createHostApp } from '../../src/http/host-app';
import { createDescriptions } from '../../src/openapi/descriptions';
import { operatorAuth, startGateway, type GatewayUnderTest } from '../http/gateway-under-test';
import { mountOf, PARTS, seat } from './described';

export interface DocsHost extends GatewayUnderTest {
  readonly descriptions: ApiDescriptions;
  put(key: string, ...declarations: Declaration[]): LiveMount;
}

/** A gateway over plugins made by hand, with what describes them behind it. */
export async function startDocsHost(access: DocsParts['access']): Promise<DocsHost> {
  const table = new MountTable();
  const descriptions = createDescriptions({ ...PARTS, table });
  const app = createHostApp({ trustProxy: false }, () => true);
  app.use('/api', createDocsRouter({ descriptions, operatorAuth, access }));
  const gateway = await startGateway({ table, app });
  let generation = 0;
  return {
    ...gateway,
    table,
    descriptions,
    put: (key, ...declarations) => seat(table, mountOf(key, ...declarations), (generation += 1)),
  };
}
