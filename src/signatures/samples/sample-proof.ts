import { HostError } from '../../core/errors';
import type { InvalidReason, SampleTarget } from '../../core/ports/samples';
import type { DraftRequest } from './draft-request';

/** How a request is let in by one mode of an access, or refused by it on purpose. */
export interface SampleProof {
  /** What it can be refused for. */
  readonly reasons: readonly InvalidReason[];
  /** It signs what is there, so it comes last. */
  readonly isSigned: boolean;
  /** Writes the proof; with a reason, one of `reasons`, one that is refused for it. @throws samples/cannot-sign */
  prove(draft: DraftRequest, reason: InvalidReason | undefined): void;
}

/** The first of the names that has a value. @throws samples/no-secret */
export function secretFor(names: string | readonly string[] | undefined, where: SampleTarget): string {
  const all = [names ?? []].flat();
  const found = all.map((name) => where.secretOf(name)).find((value) => value !== undefined && value !== '');
  if (found !== undefined) return found;
  throw new HostError('samples/no-secret', [all.join(' or '), all[0] ?? '<name>', where.plugin]);
}
