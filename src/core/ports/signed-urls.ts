import type { PluginKey } from '../plugin-key';

/** One `?token=` of an endpoint, without telling it. */
export interface SignedUrlInfo {
  readonly plugin: PluginKey;
  /** Of the endpoint, inside its plugin. */
  readonly path: string;
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms after which it no longer opens; undefined: until it is revoked. */
  readonly notAfter: number | undefined;
}

/**
 * The `?token=` of endpoints with signed addresses: issued by the host, sealed at rest, shared by the hosts of one database.
 * Several may be live at once.
 */
export interface SignedUrls {
  /** The id of the live token this is, compared in constant time; undefined for any other text. */
  check(plugin: PluginKey, path: string, token: string, now: number): string | undefined;
  /** The newest live one in clear, for an address that is given out; undefined while there is none. */
  current(plugin: PluginKey, path: string, now: number): string | undefined;
  /** Sees to it that there is one. @throws inbox/unavailable */
  provide(plugin: PluginKey, path: string): Promise<void>;
  list(plugin?: PluginKey): readonly SignedUrlInfo[];
  /** A further one, in clear, this once; those there end after `overlapMs` where it is given. @throws inbox/unavailable */
  issue(
    plugin: PluginKey,
    path: string,
    overlapMs?: number,
  ): Promise<{ readonly id: string; readonly token: string }>;
  /** False when there is none of that id. @throws inbox/unavailable */
  revoke(plugin: PluginKey, path: string, id: string): Promise<boolean>;
}
