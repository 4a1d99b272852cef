import type { NearMiss, NearMissKind } from '../../core/ports/doctor';
import type { Secrets } from '../../core/ports/secrets';
import type { RefusalReason } from '../../core/signed-request';
import type { Case } from './cases';
import type { Hit, Search } from './search';
import type { Outcome, TrialSecret } from './trial';

/** Verifiers that fetch: a few tries only, so that nobody is asked a thousand times. */
const FETCHING = ['paypal', 'sns', 'pubsub', 'graph-rich', 'atlassian-connect'];

/** What would have passed, mode by mode. Empty when nothing would, or nothing could be tried. */
export async function findingsOf(
  search: Search,
  cases: readonly Case[],
  parts: { readonly secrets: Secrets },
  reason: RefusalReason,
): Promise<readonly NearMiss[]> {
  const findings: NearMiss[] = [];
  let passing = 0;
  let last: Extract<Outcome, { ok: true }> | undefined;
  for (const one of cases) {
    const outcome = await search.outcome(one.trial);
    if (outcome.ok && outcome.at === one.trial.at) {
      passing += 1;
      last = outcome;
    } else if (outcome.ok) findings.push(clockFinding(outcome, one));
    else {
      const changes = isFetching(one) ? one.changes.slice(0, 24) : one.changes;
      for (const hit of await search.hits(one.trial, changes)) findings.push(toFinding(hit, one));
    }
  }
  if (last !== undefined && passing === cases.length) return [passesNow(last, cases, parts.secrets, reason)];
  return merged(findings);
}

function isFetching({ trial: { scheme } }: Case): boolean {
  return scheme.kind === 'special' && FETCHING.includes(scheme.special.id);
}

function toFinding({ changes, outcome }: Hit, { trial }: Case): NearMiss {
  const kinds: NearMissKind[] = changes.map(({ kind }) => kind);
  const what = changes.map((change) => change.what);
  const next = changes.map((change) => change.next);
  if (outcome.at !== trial.at) {
    kinds.push('clock');
    what.push(clockWords(outcome.at - trial.at));
    next.push(CLOCK_NEXT);
  }
  return {
    kinds,
    what: what.join(', and '),
    next: next.join(' '),
    scheme: outcome.scheme,
    secret: nameOf(outcome.secret),
  };
}

const CLOCK_NEXT = 'See that both clocks are right (NTP), and that nothing holds requests back on the way.';

function clockFinding(outcome: Extract<Outcome, { ok: true }>, { trial }: Case): NearMiss {
  return {
    kinds: ['clock'],
    what: `signature and secret are right, but ${clockWords(outcome.at - trial.at)}`,
    next: CLOCK_NEXT,
    scheme: outcome.scheme,
    secret: nameOf(outcome.secret),
  };
}

function clockWords(offMs: number): string {
  const seconds = Math.round(Math.abs(offMs) / 1_000);
  return `it was signed ${seconds} s ${offMs < 0 ? 'before' : 'after'} it came by this host’s clock`;
}

/** Nothing has to be otherwise: something has changed since. */
function passesNow(
  { secret, scheme }: Extract<Outcome, { ok: true }>,
  [only]: readonly Case[],
  secrets: Secrets,
  reason: RefusalReason,
): NearMiss {
  const at = only?.trial.at ?? 0;
  const info =
    secret && secrets.list().find(({ plugin, id }) => plugin === secret.plugin && id === secret.live.id);
  const isLater = info?.createdAt !== undefined && info.createdAt > at;
  const since =
    secret !== undefined && isLater
      ? `the secret ${secret.plugin} ${secret.name} (${secret.live.id}) was given after it came`
      : reason === 'no_public_url'
        ? 'the host knows its public address by now'
        : 'the secret, or what the endpoint asks for, was changed since';
  return {
    kinds: ['nothing'],
    what: `it would pass now: ${since}`,
    next: 'Have the sender send it again.',
    scheme,
    secret: nameOf(secret),
  };
}

/** Many senders sign alike: what differs by the sender's name only is one finding. */
function merged(findings: readonly NearMiss[]): readonly NearMiss[] {
  const isScheme = ({ kinds }: NearMiss) => kinds[0] === 'scheme';
  const [first, ...alike] = findings.filter(isScheme);
  if (first === undefined || alike.length === 0) return findings;
  const others = alike.map(({ scheme }) => scheme).join(', ');
  const one = { ...first, what: `${first.what}; so would pass ${others}` };
  return [...findings.filter((finding) => !isScheme(finding)), one];
}

function nameOf(secret: TrialSecret | undefined): NearMiss['secret'] {
  return secret && { plugin: secret.plugin, name: secret.name, id: secret.live.id };
}
