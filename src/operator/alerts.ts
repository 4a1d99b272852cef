import { createHash } from 'node:crypto';
import type { Logger } from 'winston';
import { isMoved, type Clock } from '../core/clock';
import { toError } from '../core/errors';
import { HOST_KEY } from '../core/host-key';
import type { Channels } from '../core/ports/channels';
import type { Traffic } from '../core/ports/measurements';
import type { SharedState } from '../core/ports/shared-state';
import type { Backlog } from '../core/ports/work-observer';
import type { AlertSettings } from '../core/settings';
import { alertsIn, type Alert } from './alert-rules';

export interface AlertsParts {
  readonly settings: AlertSettings;
  readonly traffic: Pick<Traffic, 'endpoints'>;
  /** What waits, read anew; undefined while it cannot be. */
  readonly backlog: () => Promise<Backlog | undefined>;
  /** Jobs that became dead letters on this host, since it started. */
  readonly deadLetters: () => number;
  /** Requests refused by this host, since it started. */
  readonly refused: () => number;
  readonly channels: Pick<Channels, 'of' | 'check'>;
  readonly shared: SharedState;
  /** Where the host answers, for whoever reads a message. */
  readonly url: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells a chat what is wrong with the host. */
interface Alerts {
  /** Looks every half minute from now on; answers how to stop. */
  start(): () => void;
  /** Never rejects. */
  look(): Promise<void>;
}

const EVERY_MS = 30_000;
const MINUTE_MS = 60_000;
/** When each alert was last told of, whichever host did. */
const SPACE = 'alerts';

/** Without `alerts.channel` it does nothing. Of several hosts of one database the first to see something tells of it. */
export function createAlerts(parts: AlertsParts): Alerts {
  const looks = new Looks(parts);
  const { settings, clock } = parts;
  return {
    look: () => looks.look(),
    start: () => {
      if (settings.channel === undefined) return () => undefined;
      looks.check();
      if (!isMoved(clock)) {
        const timer = setInterval(() => void looks.look(), EVERY_MS).unref();
        return () => clearInterval(timer);
      }
      let dueAt = clock.now() + EVERY_MS;
      const stop = clock.follow?.({
        nextDue: async () => dueAt,
        moved: async () => {
          if (clock.now() < dueAt) return;
          dueAt = clock.now() + EVERY_MS;
          await looks.look();
        },
      });
      return () => stop?.();
    },
  };
}

class Looks {
  /** Told by this host and not over. */
  readonly #open = new Map<string, Alert>();
  #toldDead = 0;
  /** Refusals at earlier looks, the first of them about a minute ago. */
  #refused: { readonly at: number; readonly count: number }[] = [];
  #looking: Promise<void> | undefined;

  constructor(private readonly parts: AlertsParts) {}

  /** One that cannot be told anything is better known now. */
  check(): void {
    const { settings, channels, logger } = this.parts;
    try {
      channels.check(settings.channel ?? '');
    } catch (thrown) {
      logger.warn(`nobody is told of alerts: alerts.channel: ${toError(thrown).message}`);
    }
  }

  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((thrown: unknown) => {
        this.parts.logger.warn(`alerts could not be looked for: ${toError(thrown).message}`);
      })
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { settings, traffic, clock } = this.parts;
    const at = clock.now();
    const backlog = await this.parts.backlog();
    const dead = this.parts.deadLetters();
    const deadLetters = dead - this.#toldDead;
    const alerts = alertsIn(
      { at, traffic, backlog, deadLetters, refused: this.#refusedLately(at) },
      settings,
    );
    for (const alert of alerts) {
      if (!(await this.#tell(alert, at))) continue;
      if (alert.overText !== undefined) this.#open.set(alert.id, alert);
      else this.#toldDead = dead;
    }
    for (const [id, { overText = '' }] of this.#open) {
      // What cannot be read may be as it was.
      if (alerts.some((alert) => alert.id === id) || (id === 'backlog' && backlog === undefined)) continue;
      await this.#send(`✅ ${overText}`);
      this.#open.delete(id);
    }
  }

  #refusedLately(at: number): number {
    const count = this.parts.refused();
    this.#refused.push({ at, count });
    while ((this.#refused[1]?.at ?? Infinity) <= at - MINUTE_MS) this.#refused.shift();
    const [first] = this.#refused;
    if (first === undefined) return 0;
    const minutes = Math.max(1, (at - first.at) / MINUTE_MS);
    return Math.round((count - first.count) / minutes);
  }

  /** True when it was told now, and by this host. */
  async #tell({ id, text }: Alert, at: number): Promise<boolean> {
    const { shared, settings } = this.parts;
    const name = createHash('sha256').update(id).digest('base64url');
    const before = shared.get(SPACE, name);
    const sinceMs = before === undefined ? Infinity : at - Number(before.value);
    // A clock that was put back holds nothing up.
    if (sinceMs >= 0 && sinceMs < settings.everyMs) return false;
    if (!(await shared.put(SPACE, name, String(at), before?.revision ?? 0))) return false;
    try {
      await this.#send(`⚠️ ${text}`);
      return true;
    } catch (thrown) {
      await shared.put(SPACE, name, undefined);
      throw thrown;
    }
  }

  async #send(text: string): Promise<void> {
    const { channels, settings, url } = this.parts;
    await channels.of(HOST_KEY).sendText(settings.channel ?? '', `${text}\n${url()}`);
  }
}
