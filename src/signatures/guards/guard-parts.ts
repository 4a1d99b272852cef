import type { Logger } from 'winston';
import type { Clock } from '../../core/clock';
import type { PluginKey } from '../../core/plugin-key';
import type { FetchText } from '../../core/ports/fetch-text';
import type { Judgement } from '../../core/ports/guards';
import type { LiveSecret, Secrets } from '../../core/ports/secrets';
import type { SignedUrls } from '../../core/ports/signed-urls';
import type { RefusalReason } from '../../core/signed-request';
import type { SpecialScheme } from '../special/special-scheme';

/** What guards need of the host. */
export interface GuardParts {
  readonly secrets: Pick<Secrets, 'live' | 'propose'>;
  readonly signedUrls: Pick<SignedUrls, 'check' | 'current'>;
  /** Of the caches of certificates and keys; requests are judged at the moment that is asked for. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: {
    readonly publicUrl: string | undefined;
    /** Networks that may ask at all; empty: any. */
    readonly allowFrom: readonly string[];
    /** The same of one plugin. */
    pluginAllowFrom(plugin: PluginKey): readonly string[];
  };
  readonly fetchText: FetchText;
  /** PEM certificates trusted in place of Node's, where a sender's certificate must lead to one. */
  readonly roots?: readonly string[];
  /** Made before, and shared with others. Default: its own. */
  readonly specials?: ReadonlyMap<string, SpecialScheme>;
}

export type Accepted = Extract<Judgement, { ok: true }>;
export type Refused = Extract<Judgement, { ok: false }>;

/** Nothing against the request, and nothing known of who sent it. */
export const ANONYMOUS: Accepted = Object.freeze({ ok: true, verified: undefined });

export function refused(reason: RefusalReason): Refused {
  return { ok: false, reason };
}

/** Live values at a moment (epoch ms), of all names in their order. */
export type LiveSecrets = (at: number) => readonly LiveSecret[];

const NO_SECRETS: readonly LiveSecret[] = [];

/** One name costs nothing but asking: the values come as the store has them. */
export function liveSecrets(
  secrets: Pick<Secrets, 'live'>,
  plugin: PluginKey,
  names: string | readonly string[] | undefined,
): LiveSecrets {
  const all = [names ?? []].flat();
  const [only, ...others] = all;
  if (only === undefined) return () => NO_SECRETS;
  if (others.length === 0) return (at) => secrets.live(plugin, only, at);
  return (at) => all.flatMap((name) => secrets.live(plugin, name, at));
}
