import type { PluginKey } from '../plugin-key';

export type PluginState = 'live' | 'loading' | 'failed' | 'disabled';

export interface PluginFailure {
  /** A catalogue code. */
  readonly code: string;
  readonly message: string;
  /** Mapped to the plugin's own sources. */
  readonly stack: string;
  /** Epoch milliseconds. */
  readonly at: number;
}
export interface EndpointStatus {
  readonly method: string;
  /** Empty when another declaration claims the path and only aliases serve. */
  readonly path: string;
  readonly reach: 'exact' | 'subtree';
  /** It serves WebSockets. */
  readonly isSocket?: true;
  /** For people, as `describeAccess` says it. */
  readonly access: string;
  /** What a sender has to set to be let in, e.g. `X-Hub-Signature-256`; undefined where that is no header, or not known. */
  readonly headers?: readonly string[];
  /** Secrets of the plugin that it is judged by; undefined where none is. */
  readonly secretNames?: readonly string[];
  /** Anybody may ask, and nothing tells who did: marked wherever it is listed. */
  readonly isOpen: boolean;
  /** What the tokens of a signed address go by; undefined where none is needed. */
  readonly signedPath?: string;
  readonly origin: string;
  readonly url: string;
  readonly aliases: readonly { readonly url: string; readonly deprecated: boolean }[];
}
/** A secret that a plugin declares or an endpoint's access names. */
export interface SecretNeed {
  readonly name: string;
  readonly description: string;
  /** Without it some endpoints answer 503. */
  readonly required: boolean;
  /** Who may set it; default `both`. */
  readonly writeMode?: 'user' | 'extension' | 'both';
  /** Of a value. */
  readonly maxBytes?: number;
  /** It has a live value. */
  readonly isSet: boolean;
}
/** One plugin as operators see it; plain data. */
export interface PluginStatus {
  /** Undefined for a folder whose key cannot be known. */
  readonly key: PluginKey | undefined;
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly state: PluginState;
  /** Of the generation that serves; 0 when none does. */
  readonly generation: number;
  readonly url: string;
  /** Where its own page is, when it has one. */
  readonly page?: string;
  /** Where its configuration can be set, when it declares one. */
  readonly settingsPage?: string;
  /** The last load's failure; a live plugin may have one: the old generation serves on. */
  readonly failure?: PluginFailure;
  /** How it is written: the names of the dialects that what it declares came from; empty while it serves nothing. */
  readonly origin: readonly string[];
  /** Of its package.json. */
  readonly packageName?: string;
  /** Its folder has a README.md. */
  readonly hasReadme: boolean;
  readonly endpoints: readonly EndpointStatus[];
  readonly tasks: readonly string[];
  /** Names of those that enqueue its tasks. */
  readonly schedules: readonly string[];
  readonly tools: readonly string[];
  /** Of the generation that serves. */
  readonly secrets: readonly SecretNeed[];
  /** Labels of what the generation holds open, oldest first. */
  readonly effects: readonly string[];
  readonly leases: number;
  /** Answers that broke their own schema since the host started; absent when none did. */
  readonly brokenResponses?: number;
}

/**
 * What came of a change on one host. `absent`: it has no such plugin. `silent`: it did not say in time; it obeys as soon
 * as it is reached.
 */
export interface HostTransition {
  /** Of the host's present start. */
  readonly node: string;
  /** Where the host answers. */
  readonly url: string;
  readonly outcome: 'done' | 'failed' | 'absent' | 'silent';
  /** Of the generation that serves there; 0 when none does. */
  readonly generation: number;
  readonly failure?: PluginFailure;
}

/** What came of one enable, disable or reload. A failed reload is `ok: false` and the old generation serves on. */
export interface Transition {
  readonly key: PluginKey;
  readonly ok: boolean;
  readonly state: PluginState;
  readonly generation: number;
  readonly failure?: PluginFailure;
  /**
   * Where several hosts share a database: each of them, the asked one first. `ok` then says that all did it; the rest is the
   * asked host's, or where it has no such plugin another's.
   */
  readonly hosts?: readonly HostTransition[];
}

/** The plugins of this host; changes reach every host of the database. Unknown keys reject with plugin/unknown. */
export interface PluginRegistry {
  list(): readonly PluginStatus[];
  /** By key, or by folder for a plugin without a key. */
  find(key: string): PluginStatus | undefined;
  enable(key: string): Promise<Transition>;
  disable(key: string): Promise<Transition>;
  /** Resolves after the swap; the old generation may still be draining. */
  reload(key: string): Promise<Transition>;
  /** Reads the folders again: new plugins load, removed ones retire. */
  rescan(): Promise<void>;
}
