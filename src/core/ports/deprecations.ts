import type { PluginKey } from '../plugin-key';

export interface DeprecatedUse {
  /** Id of the deprecated thing: an alias's or prefix's `deprecated`. */
  readonly id: string;
  readonly key: PluginKey;
  /** The endpoint's declared path, or the path asked for when a Router answers. */
  readonly endpoint: string;
  /** Absolute path of the address to use instead. */
  readonly successor: string;
  readonly caller: { readonly ip: string; readonly userAgent: string | undefined };
}

/** Counts who still uses what is deprecated, and says what an answer must carry. */
export interface Deprecations {
  /** Headers for the answer, or `gone` when the operator switched the thing off (answer 410). */
  used(use: DeprecatedUse): { readonly gone: boolean; readonly headers: Readonly<Record<string, string>> };
}
