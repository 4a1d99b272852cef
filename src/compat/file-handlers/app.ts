import type { PluginServices } from '../../core/plugin-services';
import type { AppManifest } from './app-manifest';

/** One app as its code is served. */
export interface App {
  /** In addresses, and in the scope `app:<id>`. */
  readonly id: string;
  readonly manifest: AppManifest;
  /** Of the addresses of webhooks, of `server` routes and of the page. */
  readonly hookBase: string;
  readonly serverBase: string;
  readonly pageBase: string;
  /** Bound before anything is served. */
  readonly services: PluginServices;
}

/** The addresses of an app. */
export function appBases(id: string): Pick<App, 'hookBase' | 'serverBase' | 'pageBase'> {
  const base = `/api/apps/${id}`;
  return { hookBase: `${base}/_hook`, serverBase: `${base}/view/api/_server`, pageBase: `${base}/view` };
}
