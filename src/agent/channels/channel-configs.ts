import type { Logger } from 'winston';
import type { Rate } from '../../core/declaration';
import { HostError, toError } from '../../core/errors';
import type { ChannelChange } from '../../core/ports/channels-desk';
import type { Sealer } from '../../core/ports/sealer';
import type { SharedState } from '../../core/ports/shared-state';
import type { Adapter, ChannelSetup } from './adapter';

/** What an operator set for one channel; the credential stays sealed. */
export interface ChannelConfig {
  readonly options: Readonly<Record<string, string>>;
  readonly rate: Rate | undefined;
  readonly agent: boolean;
  readonly hasCredential: boolean;
}

/** As it is stored, JSON under the chat key. */
interface StoredConfig {
  readonly options: Readonly<Record<string, string>>;
  readonly rate?: Rate | undefined;
  readonly agent?: boolean | undefined;
  /** For `contextOf` the chat key. */
  readonly sealed?: string | undefined;
}

export interface ChannelConfigsParts {
  readonly shared: SharedState;
  readonly sealer: Sealer;
  readonly logger: Logger;
}

/** Where configurations lie among what hosts share. */
const CHANNEL_SPACE = 'channels';
const VALUE_CHARACTERS = 4_096;
const MOST_TRIES = 20;
const RATE_MS = { least: 1_000, most: 86_400_000 };

const contextOf = (chatKey: string) => `channel ${chatKey}`;

/** Where credentials stand sealed, and what for: they are sealed anew when the master key changes. */
export const channelSpace = { space: CHANNEL_SPACE, contextOf };

/** The channels that operators have set, alike on all hosts. */
export class ChannelConfigs {
  constructor(private readonly parts: ChannelConfigsParts) {}

  of(chatKey: string): ChannelConfig | undefined {
    const value = this.parts.shared.get(CHANNEL_SPACE, chatKey);
    return value === undefined ? undefined : shown(read(value.value));
  }
  all(): readonly (readonly [chatKey: string, config: ChannelConfig])[] {
    return this.parts.shared
      .list(CHANNEL_SPACE)
      .map(({ name, value }) => [name, shown(read(value))] as const);
  }

  /** For sending. @throws channel/unknown where it is not set or its credential cannot be opened */
  setupOf(chatKey: string): ChannelSetup {
    const value = this.parts.shared.get(CHANNEL_SPACE, chatKey);
    if (value === undefined) throw new HostError('channel/unknown', [chatKey, whyNotSet(chatKey)]);
    const { options, sealed } = read(value.value);
    if (sealed === undefined) return { options, credential: '' };
    try {
      return { options, credential: this.parts.sealer.open(sealed, contextOf(chatKey)) };
    } catch (thrown) {
      const why = `its credential cannot be opened (${toError(thrown).message}); set it again`;
      throw new HostError('channel/unknown', [chatKey, why], { cause: thrown });
    }
  }

  /** Replaces all but a credential that is left out. @throws channel/bad-settings, inbox/unavailable */
  async set(chatKey: string, adapter: Adapter, change: ChannelChange): Promise<void> {
    const { shared, sealer, logger } = this.parts;
    const { options = {}, rate, agent = false } = change;
    const credential = change.credential?.reveal();
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const current = shared.get(CHANNEL_SPACE, chatKey);
      const kept = current === undefined ? undefined : read(current.value).sealed;
      const issues = issuesOf(adapter, change, credential, kept !== undefined);
      if (issues.length > 0) throw new HostError('channel/bad-settings', [chatKey, issues.join('; ')]);
      const sealed = credential === undefined ? kept : sealer.seal(credential, contextOf(chatKey));
      const stored: StoredConfig = { options, rate, agent, sealed };
      if (await shared.put(CHANNEL_SPACE, chatKey, JSON.stringify(stored), current?.revision ?? 0)) {
        logger.info('a channel was set', { chatKey });
        return;
      }
    }
    throw new HostError('inbox/unavailable', []);
  }

  /** False where nothing was set. @throws inbox/unavailable */
  async remove(chatKey: string): Promise<boolean> {
    const { shared, logger } = this.parts;
    if (shared.get(CHANNEL_SPACE, chatKey) === undefined) return false;
    await shared.put(CHANNEL_SPACE, chatKey, undefined);
    logger.info('a channel was removed', { chatKey });
    return true;
  }
}

/** Why nothing can be sent to a channel that nobody set. */
export function whyNotSet(chatKey: string): string {
  return `the operator has not set it; \`gatehouse channels set ${chatKey}\` does`;
}

function issuesOf(
  adapter: Adapter,
  { options = {}, rate, agent }: ChannelChange,
  credential: string | undefined,
  isKept: boolean,
): string[] {
  const known = Object.keys(adapter.options);
  return [
    ...credentialIssues(adapter, credential, isKept),
    ...Object.entries(options).flatMap(([name, value]) => {
      const field = known.includes(name) ? adapter.options[name] : undefined;
      if (field === undefined)
        return [`it has no option "${name}"; there are: ${known.join(', ') || 'none'}`];
      const issue = value.length > VALUE_CHARACTERS ? 'it is too long' : field.issueOf(value);
      return issue === undefined ? [] : [`${name}: ${issue}`];
    }),
    ...known
      .filter((name) => adapter.options[name]?.required === true && options[name] === undefined)
      .map((name) => `the option ${name} is missing: ${adapter.options[name]?.description ?? ''}`),
    ...(rate === undefined || isRate(rate) ? [] : ['its rate is none, such as 30/1m']),
    ...(agent === true && adapter.compose !== undefined
      ? [`agent is for chats that operators write in; nobody writes in ${adapter.name} chats here`]
      : []),
  ];
}

function credentialIssues({ name, credential: field }: Adapter, given: string | undefined, isKept: boolean) {
  if (given === undefined)
    return field === undefined || isKept ? [] : [`its credential is missing: ${field.description}`];
  if (field === undefined) return [`${name} channels take no credential`];
  const issue = given.length > VALUE_CHARACTERS ? 'it is too long' : field.issueOf(given);
  return issue === undefined ? [] : [`credential: ${issue}`];
}

function isRate({ requests, perMs }: Rate): boolean {
  return Number.isSafeInteger(requests) && requests >= 1 && perMs >= RATE_MS.least && perMs <= RATE_MS.most;
}

const read = (value: string) => JSON.parse(value) as StoredConfig;

function shown({ options, rate, agent = false, sealed }: StoredConfig): ChannelConfig {
  return { options, rate, agent, hasCredential: sealed !== undefined };
}
