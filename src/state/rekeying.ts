import type { Logger } from 'winston';
import { HostError, toError } from '../core/errors';
import type { Hosts } from '../core/ports/hosts';
import type { KeyProofs, Rekeyed, Rekeying } from '../core/ports/rekeying';
import type { SharedState } from '../core/ports/shared-state';
import { replaceMasterKey, type MasterKey } from './master-key';
import { resealedText } from './resealed-text';
import type { SealedSpace } from './sealed-spaces';
import type { MasterSealer } from './sealer';

export interface RekeyingParts {
  readonly shared: SharedState;
  readonly hosts: Hosts;
  readonly sealer: MasterSealer;
  readonly proofs: KeyProofs;
  /** The key this host started with. */
  readonly key: MasterKey;
  /** Where a key the host made is kept. */
  readonly data: string;
  readonly spaces: readonly SealedSpace[];
  readonly logger: Logger;
}

/** Sealed with the key that takes over, for other hosts to say whether they have it. */
const SPACE = 'master-key';
const NAME = 'next';
const TOPIC = 'master-key';
const TEXT = 'gatehouse';
const HEAR_MS = 10_000;
/** Of changes of one value that others made first. */
const MOST_TRIES = 20;
/** Values sealed anew at once: they share commits. */
const AT_ONCE = 32;

/**
 * Changes the master key: the other hosts are asked whether they have it; then the proof of it stands besides that of the
 * one before, everything is sealed anew, value by value, and the proof stands alone. `shared` has been opened.
 */
export function createRekeying(parts: RekeyingParts): Rekeying & { close(): void } {
  return new SharedRekeying(parts);
}

class SharedRekeying implements Rekeying {
  readonly #stopListening: () => void;
  #running: Promise<Rekeyed> | undefined;

  constructor(private readonly parts: RekeyingParts) {
    const { shared, hosts, sealer } = parts;
    // Others ask which key this host seals with, by a text that it may be able to open.
    this.#stopListening = shared.onChange(SPACE, (_name, value) => {
      if (value !== undefined) hosts.say(TOPIC, value.revision, this.#opens(value.value) ? sealer.keyId : '');
    });
  }

  close(): void {
    this.#stopListening();
  }

  rekey(): Promise<Rekeyed> {
    this.#running ??= this.#rekey().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #rekey(): Promise<Rekeyed> {
    const { sealer, proofs, key, logger } = this.parts;
    const made = key.file !== undefined;
    if (made) await this.#makeKey();
    await proofs.begin();
    // Only now: whoever starts from here on has the key.
    if (!made) await this.#refuseStrangers();
    const { resealed, unreadable } = await this.#resealAll();
    await proofs.finish();
    const { keyId } = sealer;
    logger.info('the master key was changed', { key: keyId, resealed, unreadable: unreadable.length });
    return { keyId, made, resealed, unreadable };
  }

  /** @throws secrets/rekey-refused when another host is there */
  async #makeKey(): Promise<void> {
    const [other] = await this.#askOthers();
    if (other !== undefined)
      throw refusal(
        `${other.url} shares the database, and a key made here would be known here alone; give all hosts GATEHOUSE_MASTER_KEY`,
      );
    this.parts.sealer.adopt(replaceMasterKey(this.parts.data));
  }

  /** @throws secrets/rekey-refused unless every other host seals with this one's key */
  async #refuseStrangers(): Promise<void> {
    const { sealer, proofs } = this.parts;
    try {
      for (const { url, text } of await this.#askOthers())
        if (text !== sealer.keyId)
          throw refusal(
            `${url} ${text === undefined ? 'does not say which key it has' : 'does not seal with the same key'}; first give all hosts both keys, then all of them the new one as GATEHOUSE_MASTER_KEY`,
          );
    } catch (refused) {
      await proofs.withdraw();
      throw refused;
    }
  }

  /** The hosts besides this one, with the key each seals with where it opens what this one seals. */
  async #askOthers() {
    const { shared, hosts, sealer } = this.parts;
    if (hosts.isAlone) return [];
    await shared.put(SPACE, NAME, sealer.seal(TEXT, SPACE));
    const revision = shared.get(SPACE, NAME)?.revision ?? 0;
    return hosts.hear(TOPIC, revision, HEAR_MS);
  }

  #opens(text: string): boolean {
    try {
      return this.parts.sealer.open(text, SPACE) === TEXT;
    } catch {
      return false;
    }
  }

  async #resealAll(): Promise<Pick<Rekeyed, 'resealed' | 'unreadable'>> {
    const { shared, spaces } = this.parts;
    const places = spaces.flatMap((space) => shared.list(space.space).map(({ name }) => ({ space, name })));
    const unreadable: string[] = [];
    let resealed = 0;
    while (places.length > 0) {
      const batch = places.splice(0, AT_ONCE);
      // When this ends, well or not, nothing of it is under way any more.
      for (const done of await Promise.allSettled(
        batch.map(({ space, name }) => this.#reseal(space, name)),
      )) {
        if (done.status === 'rejected') throw done.reason;
        resealed += done.value.resealed;
        unreadable.push(...done.value.unreadable);
      }
    }
    return { resealed, unreadable };
  }

  async #reseal(space: SealedSpace, name: string): Promise<Pick<Rekeyed, 'resealed' | 'unreadable'>> {
    const { shared, sealer, logger } = this.parts;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const current = shared.get(space.space, name);
      if (current === undefined) break;
      const made = resealedText(current.value, sealer, (field, holder) =>
        space.contextOf(name, field, holder),
      );
      const unreadable = made.failures.length === 0 ? [] : [`${space.space} ${name}`];
      for (const failure of made.failures)
        logger.error('a sealed value cannot be opened and stays as it is', {
          ...{ space: space.space, name, reason: toError(failure).message },
        });
      if (made.resealed === 0) return { resealed: 0, unreadable };
      if (await shared.put(space.space, name, made.text, current.revision))
        return { resealed: made.resealed, unreadable };
    }
    if (shared.get(space.space, name) === undefined) return { resealed: 0, unreadable: [] };
    throw new HostError('inbox/unavailable', []);
  }
}

function refusal(why: string): HostError {
  return new HostError('secrets/rekey-refused', [why]);
}
