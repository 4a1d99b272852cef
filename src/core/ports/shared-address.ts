import type { PluginKey } from '../plugin-key';
import type { Reply } from '../reply';

/** What one plugin answered at an address that several share. */
export type Outcome =
  | { readonly plugin: PluginKey; readonly status: number; readonly body: unknown }
  | { readonly plugin: PluginKey; readonly status: number; readonly message: string };

/** The rules of addresses that run every claimant and gather one answer. */
export interface SharedAddress {
  /** Narrows the claimants of `path` (the operator may have pinned one). */
  choose(path: string, keys: readonly PluginKey[]): readonly PluginKey[];
  gather(outcomes: readonly Outcome[]): Reply;
}
