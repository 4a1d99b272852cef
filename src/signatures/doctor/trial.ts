import type { MessageSignatureAccess } from '../../core/access';
import type { NearMissKind } from '../../core/ports/doctor';
import type { LiveSecret } from '../../core/ports/secrets';
import type { SignatureRow } from '../../core/signature-row';
import type { RefusalReason, SignedRequest } from '../../core/signed-request';
import { compileRow, type CompiledRow } from '../compile-row';
import { verifyMessage } from '../message-signature/verify-message';
import { plainRequest } from '../plain-request';
import { memberAt, stepsOf } from '../reading';
import type { Expectations, SpecialScheme } from '../special/special-scheme';

/** What a request is judged by. */
export type TrialScheme =
  | { readonly kind: 'row'; readonly row: SignatureRow }
  | { readonly kind: 'special'; readonly special: SpecialScheme; readonly expect: Expectations }
  | { readonly kind: 'message'; readonly rule: MessageSignatureAccess['messageSignature'] };

/** A live value and whose it is. `value` is for verifying only. */
export interface TrialSecret {
  readonly plugin: string;
  readonly name: string;
  readonly live: LiveSecret;
}

export interface TrialRequest {
  readonly method: string;
  readonly target: string;
  /** Scheme, authority and target the sender was given. */
  readonly url: string | undefined;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly wire: Buffer;
  /** Its content encoding undone; undefined where that cannot be. */
  readonly decoded: Buffer | undefined;
  /** The largest body that its endpoint reads as JSON. */
  readonly jsonBytes: number;
}

/** One request as it might have been, judged in one way. */
export interface Trial {
  readonly scheme: TrialScheme;
  readonly request: TrialRequest;
  readonly secrets: readonly TrialSecret[];
  /** Epoch ms it was received at. */
  readonly at: number;
}

/** One thing that might have been otherwise. */
export interface Change {
  readonly kind: NearMissKind;
  readonly what: string;
  readonly next: string;
  /** Undefined where it changes nothing of this trial. */
  of(trial: Trial): Trial | undefined;
}

export type Outcome =
  | {
      readonly ok: true;
      readonly secret: TrialSecret | undefined;
      readonly at: number;
      readonly scheme: string;
    }
  | { readonly ok: false; readonly reason: RefusalReason };

/** A verifier tries no more at once. */
const SECRETS_AT_ONCE = 4;
const MOST_MOMENTS = 6;
/** A clock is not off by more. */
const MOST_OFF_MS = 400 * 86_400_000;
const TIMELY: ReadonlySet<RefusalReason> = new Set(['timestamp_too_old', 'timestamp_too_new']);

const compiled = new WeakMap<SignatureRow, CompiledRow>();

/** Judges a trial at the moment it was received; where that is not its moment, at those that the request names. Never rejects. */
export async function outcomeOf(trial: Trial): Promise<Outcome> {
  const request = signedRequest(trial.request);
  let reason: RefusalReason = 'no_secret';
  for (let from = 0; from === 0 || from < trial.secrets.length; from += SECRETS_AT_ONCE) {
    const secrets = trial.secrets.slice(from, from + SECRETS_AT_ONCE);
    const outcome = await atAnyMoment({ ...trial, secrets }, request);
    if (outcome.ok) return outcome;
    if (from === 0 || outcome.reason === 'bad_signature') reason = outcome.reason;
  }
  return { ok: false, reason };
}

async function atAnyMoment(trial: Trial, request: SignedRequest): Promise<Outcome> {
  const first = await judge(trial, request, trial.at);
  if (first.ok || !TIMELY.has(first.reason)) return first;
  for (const at of momentsOf(trial, request)) {
    const outcome = await judge(trial, request, at);
    if (outcome.ok || !TIMELY.has(outcome.reason)) return outcome;
  }
  return first;
}

async function judge({ scheme, secrets }: Trial, request: SignedRequest, at: number): Promise<Outcome> {
  // Ids are unique per name only.
  const live = secrets.map((secret, index) => ({ id: String(index), value: secret.live.value }));
  try {
    const verdict =
      scheme.kind === 'row'
        ? compiledRow(scheme.row)(request, live, at)
        : scheme.kind === 'special'
          ? await scheme.special.verify(request, live, at, scheme.expect)
          : verifyMessage(
              request,
              scheme.rule,
              (name) => {
                const named = live.filter((_, index) => secrets[index]?.name === name);
                return named.length > 0 ? named : live;
              },
              at,
            );
    if (!verdict.ok) return verdict;
    return { ok: true, secret: secrets[Number(verdict.secretId)], at, scheme: verdict.scheme };
  } catch {
    // A row that was made up here and makes no sense.
    return { ok: false, reason: 'malformed_signature' };
  }
}

function compiledRow(row: SignatureRow): CompiledRow {
  const known = compiled.get(row) ?? compileRow(row);
  compiled.set(row, known);
  return known;
}

/** A request that verifiers take. */
export function signedRequest({ url, decoded, wire, ...request }: TrialRequest): SignedRequest {
  return {
    ...plainRequest({
      ...request,
      body: wire,
      decoded: () => {
        if (decoded === undefined) throw new Error('the content encoding cannot be undone');
        return decoded;
      },
    }),
    publicUrl: () => url,
  };
}

/** Moments that a request names, epoch ms, near enough to be a clock's. */
function momentsOf({ scheme, at }: Trial, { rawHeaders, json }: SignedRequest): number[] {
  const texts = rawHeaders.filter((_, index) => index % 2 === 1);
  const from = scheme.kind === 'row' ? scheme.row.time?.from : undefined;
  if (from !== undefined && 'json' in from) texts.push(String(memberAt(json(), stepsOf(from.json))));
  const moments = texts.flatMap((text) => momentsIn(text.slice(0, 4_096)));
  return [...new Set(moments)].filter((moment) => Math.abs(moment - at) < MOST_OFF_MS).slice(0, MOST_MOMENTS);
}

function momentsIn(text: string): number[] {
  const digits = text.match(/\b\d{10,13}\b/g) ?? [];
  const dates = text.match(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)/g) ?? [];
  return [
    ...digits.map((found) => (found.length > 11 ? Number(found) : Number(found) * 1_000)),
    ...dates.map((found) => Date.parse(found.replace(/(\.\d{3})\d+/, '$1'))),
  ].filter((moment) => !Number.isNaN(moment));
}

/** The one header of that name, in any case. */
export function headerIn(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name.toLowerCase());
  return at < 0 ? undefined : headers[at + 1];
}

/** The trial with another body, as it came and decoded. */
export function withBody(trial: Trial, body: Buffer): Trial {
  return { ...trial, request: { ...trial.request, wire: body, decoded: body } };
}

/** The trial by another row; undefined where it is judged by none. */
export function withRow(
  trial: Trial,
  change: (row: SignatureRow) => SignatureRow | undefined,
): Trial | undefined {
  if (trial.scheme.kind !== 'row') return undefined;
  const row = change(trial.scheme.row);
  return row && { ...trial, scheme: { kind: 'row', row } };
}
