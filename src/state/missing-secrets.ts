import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import { secretsOf } from '../core/declared-secrets';
import type { Mount } from '../core/mount';
import type { Secrets } from '../core/ports/secrets';

interface MissingParts {
  readonly secrets: Pick<Secrets, 'live'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Logs each secret that a plugin that serves requires and nobody gave a value. */
export function warnOfMissing(mount: Mount | undefined, { secrets, clock, logger }: MissingParts): void {
  if (mount === undefined) return;
  const now = clock.now();
  for (const { name, required } of secretsOf(mount)) {
    if (!required || secrets.live(mount.key, name, now).length > 0) continue;
    logger.warn(
      `the secret ${name} is required and has no value: endpoints that need it answer 503; ` +
        `\`gatehouse secrets set ${mount.key} ${name}\` gives it one`,
      { plugin: mount.key, secret: name },
    );
  }
}
