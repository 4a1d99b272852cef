import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock';
import { secretVariable } from '../core/declared-secrets';
import { HostError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { PluginRegistry, SecretNeed } from '../core/ports/plugin-registry';
import type { ProposedSecret, SecretInfo, Secrets } from '../core/ports/secrets';
import type { Rekeyed, Rekeying } from '../core/ports/rekeying';
import type { UserSecretInfo, UserSecrets } from '../core/ports/user-secrets';
import { Secret } from '../core/secret';
import { createUserSecretsDesk, type UserSecretsDesk } from './user-secrets-desk';

/** One name of one plugin, as operators see it; values never come back. */
export interface SecretStatus {
  readonly plugin: string;
  readonly name: string;
  /** The plugin that is loaded declares it, or an endpoint's access names it. */
  readonly declared: boolean;
  readonly required: boolean;
  /** Who may set it; default `both`. */
  readonly writeMode?: SecretNeed['writeMode'];
  readonly description: string;
  /** Live ones, those of the environment first, then newest first. Times are epoch ms. */
  readonly values: readonly Pick<SecretInfo, 'id' | 'origin' | 'createdAt' | 'notAfter'>[];
  /** What a sender chose while it was set up: no secret until it is approved. */
  readonly waiting?: WaitingSecret;
  /** How many of the plugin's users have one of their own; left out where none has. */
  readonly users?: number;
}
/** What is known of a value that waits, or waited: all but the value. */
export type WaitingSecret = Omit<ProposedSecret, 'plugin' | 'name'>;

export interface SecretChange {
  readonly id: string;
  /** False: the plugin that is loaded knows no secret of that name. */
  readonly declared: boolean;
  /** The value, when the host made it, or when its sender wants it told back: told this once. */
  readonly generated?: Secret;
  /** What waited, when that is the value now. */
  readonly approved?: WaitingSecret;
}

/**
 * What operators do with secrets. A change of a plugin the host does not know rejects with plugin/unknown; the rest as
 * the port `Secrets` says.
 */
export interface SecretsDesk {
  /** By plugin and name; declared ones without a value too, and those that only users have. */
  list(plugin?: string): Promise<readonly SecretStatus[]>;
  set(plugin: string, name: string, value: Secret): Promise<SecretChange>;
  /** Without a value the host makes one: 256 random bits as base64url, without padding. */
  rotate(plugin: string, name: string, overlapMs: number, value?: Secret): Promise<SecretChange>;
  /** False when there was none. Works for plugins that are gone, too. */
  remove(plugin: string, name: string): Promise<boolean>;
  /**
   * Makes the value that waits, with `id` that one alone, the secret. `isTold`: the change tells it, for senders that want to
   * be told what they sent. @throws secrets/nothing-waits, secrets/other-waits
   */
  approve(plugin: string, name: string, id?: string, isTold?: boolean): Promise<SecretChange>;
  /** Forgets the value that waits. False when none does. */
  dismiss(plugin: string, name: string): Promise<boolean>;
  /** Those that plugins keep for their users. */
  readonly users: UserSecretsDesk;
  /** Changes the master key, and seals anew what hosts share; see `Rekeying`. */
  rekey(): Promise<Rekeyed>;
}

export interface SecretsDeskParts {
  readonly secrets: Secrets;
  readonly registry: PluginRegistry;
  readonly clock: Clock;
  /** Absent in a host that keeps none. */
  readonly users?: UserSecrets | undefined;
  /** Absent in a host whose key cannot change. */
  readonly rekeying?: Rekeying | undefined;
}

const GENERATED_BYTES = 32;

/** The secrets of this very process's host. */
export function createSecretsDesk(parts: SecretsDeskParts): SecretsDesk {
  const { secrets, registry, clock, rekeying } = parts;
  const needsOf = (key: string): readonly SecretNeed[] => {
    const status = registry.find(key);
    if (status === undefined) throw new HostError('plugin/unknown', [key]);
    return status.secrets;
  };
  const declares = (key: string, name: string) => needsOf(key).some((need) => need.name === name);
  return {
    list: async (plugin) => {
      const key = plugin === undefined ? undefined : keyOf(plugin);
      const needs = registry
        .list()
        .filter((status) => status.key !== undefined && (key === undefined || status.key === key))
        .flatMap((status) => status.secrets.map((need) => ({ plugin: String(status.key), need })));
      const own = joined(needs, secrets.list(key), secrets.proposals(key));
      const known = key === undefined ? registry.list().flatMap((status) => status.key ?? []) : [key];
      const ofUsers = [...new Set(known)].flatMap((plugin) => parts.users?.list(plugin) ?? []);
      return withUsers(own, ofUsers);
    },
    set: async (plugin, name, value) => {
      const key = keyOf(plugin);
      const declared = declares(key, name);
      return { id: await secrets.set(key, name, value.reveal()), declared };
    },
    rotate: async (plugin, name, overlapMs, value) => {
      const key = keyOf(plugin);
      const declared = declares(key, name);
      const fresh = value ?? new Secret(randomBytes(GENERATED_BYTES).toString('base64url'));
      const id = await secrets.rotate(key, name, fresh.reveal(), overlapMs);
      return { id, declared, ...(value === undefined && { generated: fresh }) };
    },
    remove: async (plugin, name) => secrets.remove(keyOf(plugin), name),
    approve: async (plugin, name, proposed, isTold = false) => {
      const key = keyOf(plugin);
      const declared = declares(key, name);
      const waiting = secrets.proposals(key).find((one) => one.name === name);
      // What is told is what is approved, whatever comes in between.
      const id = waiting && (await secrets.approve(key, name, proposed ?? waiting.id));
      if (waiting === undefined || id === undefined)
        throw new HostError('secrets/nothing-waits', [key, name]);
      const live = secrets.live(key, name, clock.now()).find((one) => one.id === id);
      const told = isTold && live !== undefined ? { generated: new Secret(live.value) } : {};
      return { id, declared, approved: waitingOf(waiting), ...told };
    },
    dismiss: async (plugin, name) => secrets.dismiss(keyOf(plugin), name),
    users: createUserSecretsDesk(parts.users, declares),
    rekey: async () => {
      if (rekeying === undefined) throw new HostError('inbox/unavailable', []);
      return rekeying.rekey();
    },
  };
}

function keyOf(text: string): PluginKey {
  const key = parsePluginKey(text);
  if (key === undefined) throw new HostError('plugin/unknown', [text]);
  return key;
}

function waitingOf({ id, createdAt, fingerprint, from }: ProposedSecret): WaitingSecret {
  return { id, createdAt, fingerprint, from };
}

interface Needed {
  readonly plugin: string;
  readonly need: SecretNeed;
}

const undeclared = { declared: false, required: false, description: '' };

/** What the environment gives goes by its variable: it stands under the name that is declared, when there is one. */
function joined(
  needs: readonly Needed[],
  infos: readonly SecretInfo[],
  proposals: readonly ProposedSecret[],
): readonly SecretStatus[] {
  const found = new Map<string, SecretStatus & { readonly values: SecretStatus['values'][number][] }>();
  for (const { plugin, need } of needs) {
    const { name, required, description, writeMode } = need;
    found.set(`${plugin}/${name}`, {
      ...{ plugin, name, declared: true, required, description, values: [] },
      ...(writeMode !== undefined && { writeMode }),
    });
  }
  for (const { plugin, name, ...value } of infos) {
    const isNamed = ({ need, plugin: other }: Needed) =>
      other === plugin && value.origin === 'environment' && secretVariable(need.name) === name;
    const shown = needs.find(isNamed)?.need.name ?? name;
    const address = `${plugin}/${shown}`;
    const status = found.get(address) ?? { plugin, name: shown, ...undeclared, values: [] };
    status.values.push(value);
    found.set(address, status);
  }
  for (const proposal of proposals) {
    const { plugin, name } = proposal;
    const address = `${plugin}/${name}`;
    const status = found.get(address) ?? { plugin, name, ...undeclared, values: [] };
    found.set(address, { ...status, waiting: waitingOf(proposal) });
  }
  return sorted(found);
}

/** One value per user and name. */
function withUsers(own: readonly SecretStatus[], infos: readonly UserSecretInfo[]): readonly SecretStatus[] {
  const found = new Map(own.map((status) => [`${status.plugin}/${status.name}`, status]));
  for (const { plugin, name } of infos) {
    const address = `${plugin}/${name}`;
    const status = found.get(address) ?? { plugin, name, ...undeclared, values: [] };
    found.set(address, { ...status, users: (status.users ?? 0) + 1 });
  }
  return sorted(found);
}

function sorted(found: ReadonlyMap<string, SecretStatus>): readonly SecretStatus[] {
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, status]) => status);
}
