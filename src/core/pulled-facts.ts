import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Verified } from './declaration';

/** What is told of a request that another host received and that a plugin of this one is to answer. */
export interface PulledFacts {
  /** Key of the only plugin it may reach. */
  readonly plugin: string;
  /** What the host that received it found. */
  readonly verified: Verified;
}

/** Made anew by each process and told to nobody: whatever else came with a request, this did not. */
const TICKET = randomBytes(32).toString('base64url');

/** The value of `PULLED_HEADER`, which this process alone believes. */
export function writePulled({ plugin, verified }: PulledFacts): string {
  return Buffer.from(JSON.stringify({ ticket: TICKET, plugin, verified })).toString('base64url');
}

/** Undefined for whatever `writePulled` of this process did not write. */
export function readPulled(given: unknown): PulledFacts | undefined {
  if (typeof given !== 'string') return undefined;
  try {
    const { ticket, plugin, verified } = JSON.parse(Buffer.from(given, 'base64url').toString('utf8')) as {
      readonly [Name in 'ticket' | keyof PulledFacts]?: unknown;
    };
    if (typeof ticket !== 'string' || !timingSafeEqual(digestOf(ticket), digestOf(TICKET))) return undefined;
    if (typeof plugin !== 'string' || typeof verified !== 'object' || verified === null) return undefined;
    return 'scheme' in verified && typeof verified.scheme === 'string'
      ? { plugin, verified: verified as Verified }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Of one length. */
const digestOf = (text: string) => createHash('sha256').update(text).digest();
