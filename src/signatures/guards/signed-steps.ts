import type { MessageSignatureAccess, SignatureAccess } from '../../core/access';
import type { Verified } from '../../core/declaration';
import type { PluginKey } from '../../core/plugin-key';
import type { Judgement } from '../../core/ports/guards';
import type { LiveSecret, Secrets } from '../../core/ports/secrets';
import type { SignatureRow } from '../../core/signature-row';
import type { SignedRequest } from '../../core/signed-request';
import { compileRow } from '../compile-row';
import { verifyMessage } from '../message-signature/verify-message';
import { signatureRow } from '../signature-rows';
import type { SpecialScheme, SpecialVerdict } from '../special/special-scheme';
import type { Accepted, LiveSecrets } from './guard-parts';

/** Judges a whole request at `at` (epoch ms); a promise only where a key of the sender's may have to be fetched. */
export type SignedStep = (request: SignedRequest, at: number) => Judgement | Promise<Judgement>;

/** The row that a mode means: one of the table, or a copy of the author's own. @throws signatures/unknown-row */
export function rowOf({ signature }: SignatureAccess): SignatureRow {
  // A plugin may still write to its own object; what was checked is what counts.
  return typeof signature === 'string' ? signatureRow(signature) : structuredClone(signature);
}

/** @throws signatures/invalid-row */
export function signatureStep(
  mode: SignatureAccess,
  row: SignatureRow,
  specials: ReadonlyMap<string, SpecialScheme>,
  secretsAt: LiveSecrets,
): SignedStep {
  const isDeduped = mode.dedupe !== false;
  const special = typeof mode.signature === 'string' ? specials.get(row.id) : undefined;
  if (special === undefined) {
    const verify = compileRow(row);
    return (request, at) => judgementOf(verify(request, secretsAt(at), at), at, isDeduped);
  }
  const expect = { ...mode.expect };
  return (request, at) => {
    const verdict = special.verify(request, secretsAt(at), at, expect);
    if ('ok' in verdict) return judgementOf(verdict, at, isDeduped);
    return verdict.then((judged) => judgementOf(judged, at, isDeduped));
  };
}

export function messageStep(
  { messageSignature }: MessageSignatureAccess,
  secrets: Pick<Secrets, 'live'>,
  plugin: PluginKey,
): SignedStep {
  const rule = structuredClone(messageSignature);
  return (request, at) => {
    const secretsOf = (name: string): readonly LiveSecret[] => secrets.live(plugin, name, at);
    return judgementOf(verifyMessage(request, rule, secretsOf, at), at, true);
  };
}

/** All of them must hold. Who sent it is what the first one says. */
export function inTurn(steps: readonly SignedStep[]): SignedStep | undefined {
  const [first, ...others] = steps;
  if (first === undefined || others.length === 0) return first;
  return (request, at) => judgeFrom(steps, 0, undefined, request, at);
}

function judgeFrom(
  steps: readonly SignedStep[],
  start: number,
  before: Accepted | undefined,
  request: SignedRequest,
  at: number,
): Judgement | Promise<Judgement> {
  let accepted = before;
  for (let index = start; index < steps.length; index += 1) {
    const judged = (steps[index] as SignedStep)(request, at);
    if (!('ok' in judged)) {
      const earlier = accepted;
      return judged.then((late) =>
        late.ok ? judgeFrom(steps, index + 1, together(earlier, late), request, at) : late,
      );
    }
    if (!judged.ok) return judged;
    accepted = together(accepted, judged);
  }
  return accepted as Accepted;
}

function together(first: Accepted | undefined, second: Accepted): Accepted {
  if (first === undefined) return second;
  const verified = first.verified ?? second.verified;
  const bodySigned = first.verified?.bodySigned === true || second.verified?.bodySigned === true;
  return {
    ok: true,
    verified: verified === undefined ? undefined : { ...verified, bodySigned },
    dedupeKey: first.dedupeKey ?? second.dedupeKey,
    plain: first.plain ?? second.plain,
    answer: first.answer ?? second.answer,
  };
}

function judgementOf(verdict: SpecialVerdict, at: number, isDeduped: boolean): Judgement {
  if (!verdict.ok) return verdict;
  const { scheme, secretId, bodySigned, event, deliveryId, dedupeKey, plain, answer } = verdict;
  const verified: { -readonly [Member in keyof Verified]: Verified[Member] } = {
    ...{ scheme, secretId, at, bodySigned },
  };
  if (event !== undefined) verified.event = event;
  if (deliveryId !== undefined) verified.deliveryId = deliveryId;
  return { ok: true, verified, dedupeKey: isDeduped ? dedupeKey : undefined, plain, answer };
}
