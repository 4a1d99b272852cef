/** Who a plugin is, as its author wrote it. */
export interface PluginInfo {
  readonly author: string;
  readonly module: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly url?: string;
  /**
   * Holds something two generations cannot share: a reload stops the old one first and callers see 503 meanwhile. A new
   * one that then fails to start leaves none serving.
   */
  readonly exclusive?: boolean;
  /**
   * Its page, shown in the console: a route of its own (`/board`), or a file in a folder of its folder (`web/index.html`), which is
   * served with everything in that folder, in a sandbox.
   */
  readonly webuiPath?: string;
  /** The only hosts that `http` may ask: names, `*.example.org` for all below. Left out: what the operator allows. */
  readonly allowHosts?: readonly string[];
}
