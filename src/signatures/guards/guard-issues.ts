import { modesOf, type AccessMode, type EndpointAccess, type SignatureAccess } from '../../core/access';
import { accessIssues } from '../../core/access-issues';
import { toError } from '../../core/errors';
import { nearestName } from '../../core/nearest-name';
import type { SignatureRow } from '../../core/signature-row';
import { handshakes } from '../handshakes/answer-handshake';
import { rowIssues } from '../row-issues';
import { signatureRow } from '../signature-rows';
import { expectationIssues } from '../special/special-schemes';
import type { SpecialScheme } from '../special/special-scheme';
import { isHandshake } from './guard-handshake';

type Specials = ReadonlyMap<string, SpecialScheme>;

/** Everything that is wrong with an access, its shape first, in words; what is not wrong makes a guard. */
export function guardIssues(access: EndpointAccess, specials: Specials): readonly string[] {
  const shape = accessIssues(access);
  if (shape.length > 0) return shape;
  return modesOf(access).flatMap((mode) =>
    typeof mode === 'object' && 'signature' in mode ? signatureIssues(mode, specials) : [],
  );
}

/**
 * Whether requests can only be judged by a host that knows its own public address. It is not an issue: such a plugin loads
 * anywhere, and its requests are answered 503.
 */
export function needsPublicUrl(mode: AccessMode, row: SignatureRow | undefined): boolean {
  if (typeof mode === 'string') return false;
  if ('messageSignature' in mode) {
    const covered = mode.messageSignature.components ?? ['@target-uri'];
    return ['@target-uri', '@authority', '@scheme'].some((name) => covered.includes(name));
  }
  if (!('signature' in mode) || row === undefined) return false;
  if (row.id === 'pubsub' && row.kind === 'special') return !mode.expect?.['audience'];
  const isTwilio = row.id === 'twilio' && row.kind === 'special';
  const isAsked = row.handshake === 'ebay' && mode.handshake !== false;
  return isTwilio || isAsked || row.signed.includes('url') || row.weaker?.signed.includes('url') === true;
}

function signatureIssues(mode: SignatureAccess, specials: Specials): readonly string[] {
  const { signature } = mode;
  if (typeof signature !== 'string') return ownRowIssues(mode, signature);
  let row: SignatureRow;
  try {
    row = signatureRow(signature);
  } catch (error) {
    return [`access.signature: ${toError(error).message}`];
  }
  const special = specials.get(row.id);
  if (special === undefined) return [...secretIssue(mode, row), ...unread(mode, row)];
  // What the handshake alone reads is none of the scheme's business.
  const own = Object.entries(mode.expect ?? {}).filter(
    ([name]) => special.expects.some((each) => each.name === name) || !handshakeReads(row).includes(name),
  );
  return [
    ...(special.secret === undefined ? [] : secretIssue(mode, row)),
    ...expectationIssues(special, Object.fromEntries(own)).map((issue) => `access.expect: ${issue}`),
  ];
}

function ownRowIssues(mode: SignatureAccess, row: SignatureRow): readonly string[] {
  const issues = rowIssues(row).map((issue) => `access.signature: ${issue}`);
  if (issues.length > 0) return issues;
  if (row.kind === 'special')
    return ['access.signature: kind "special" is not for rows of one’s own; name the sender instead'];
  if (row.handshake !== undefined && !isHandshake(row.handshake)) {
    const meant = nearestName(row.handshake, Object.keys(handshakes)) ?? '';
    return [`access.signature.handshake "${String(row.handshake)}" is not known (did you mean "${meant}"?)`];
  }
  return [...secretIssue(mode, row), ...unread(mode, row)];
}

function secretIssue({ secret }: SignatureAccess, row: SignatureRow): readonly string[] {
  return secret === undefined
    ? [`access.secret is missing: ${row.title} cannot be verified without one`]
    : [];
}

/** Of rows only the handshake reads `expect`. */
function unread({ expect = {} }: SignatureAccess, row: SignatureRow): readonly string[] {
  const known = handshakeReads(row);
  return Object.keys(expect)
    .filter((name) => !known.includes(name))
    .map((name) => `access.expect.${name} is not known; ${row.title} has: ${known.join(', ') || 'none'}`);
}

function handshakeReads({ handshake }: SignatureRow): readonly string[] {
  return handshake === undefined || !isHandshake(handshake) ? [] : (handshakes[handshake].expects ?? []);
}
