import { createHash } from 'node:crypto';
import { isInnerList, parseDictionary, type Dictionary, type InnerList } from 'structured-headers';
import type { MessageSignatureAccess } from '../../core/access';
import type { LiveSecret } from '../../core/ports/secrets';
import type { RefusalReason, RowVerdict, SignedRequest } from '../../core/signed-request';
import { byteSequence, isDigestOf } from './content-digest';
import { isMessageSignedBy } from './message-algorithms';
import { headerLines, signatureBase } from './signature-base';

type Rule = MessageSignatureAccess['messageSignature'];
type Refusal = Extract<RowVerdict, { ok: false }>;

/** The least that ties a signature to what was sent, to where, and to its body. */
export const STANDARD_COMPONENTS: readonly string[] = ['@method', '@target-uri', 'content-digest'];
const STANDARD_WINDOW_S = 300;
/** Signatures looked at; a request has one or two (a proxy may add its own). */
const MOST_SIGNATURES = 8;
const DIGESTS: readonly string[] = ['content-digest', 'repr-digest'];

/**
 * Judges the RFC 9421 signatures of a request at `at` (epoch ms): one of them must be by a key of the rule (known by its
 * `keyid`, of the record's algorithm), cover the components the rule asks for, carry the rule's `tag` (none where it has
 * none), and be made within the window; `expires` holds too. A digest that is covered must be the body's (RFC 9530). Never
 * throws. `secretsOf` answers the live values of a named secret.
 */
export function verifyMessage(
  request: SignedRequest,
  rule: Rule,
  secretsOf: (name: string) => readonly LiveSecret[],
  at: number,
): RowVerdict {
  const live = Object.values(rule.keys).some(({ secret }) =>
    secretsOf(secret).some(({ value }) => value !== ''),
  );
  if (!live) return refuse('no_secret');
  const inputs = parseLines(headerLines(request.rawHeaders, 'signature-input'));
  const signatures = parseLines(headerLines(request.rawHeaders, 'signature'));
  if (inputs === 'malformed' || signatures === 'malformed') return refuse('malformed_signature');
  if (inputs.size === 0 || signatures.size === 0) return refuse('missing_signature');
  if (inputs.size > MOST_SIGNATURES) return refuse('malformed_signature');
  let refusal: Refusal | undefined;
  for (const [label, input] of inputs) {
    const signature = byteSequence(signatures.get(label)?.[0]);
    const verdict =
      isInnerList(input) && signature !== undefined
        ? judge({ request, rule, secretsOf, at }, input, signature)
        : refuse('malformed_signature');
    if (verdict.ok) return verdict;
    refusal ??= verdict;
  }
  return refusal ?? refuse('missing_signature');
}

interface Case {
  readonly request: SignedRequest;
  readonly rule: Rule;
  readonly secretsOf: (name: string) => readonly LiveSecret[];
  readonly at: number;
}

function judge(asked: Case, input: InnerList, signature: Buffer): RowVerdict {
  const { request, rule, secretsOf, at } = asked;
  const [items, parameters] = input;
  const keyId = parameters.get('keyid');
  // `hasOwn`: the name is the caller's, and every object has a `constructor`.
  const key = typeof keyId === 'string' && Object.hasOwn(rule.keys, keyId) ? rule.keys[keyId] : undefined;
  if (key === undefined) return refuse('bad_signature');
  if ((parameters.get('alg') ?? key.algorithm) !== key.algorithm) return refuse('malformed_signature');
  if (parameters.get('tag') !== rule.tag) return refuse('bad_signature');
  const covered = new Set(items.flatMap(([name, own]) => (own.size === 0 ? [name] : [])));
  if (!(rule.components ?? STANDARD_COMPONENTS).every((name) => covered.has(name))) {
    return refuse('malformed_signature');
  }
  const late = timeReason(parameters, at / 1000, rule.window ?? STANDARD_WINDOW_S);
  if (late !== undefined) return refuse(late);
  const secrets = secretsOf(key.secret).filter(({ value }) => value !== '');
  if (secrets.length === 0) return refuse('no_secret');
  const result = signatureBase(input, request);
  if (!result.ok) return refuse(result.reason === 'unknown' ? 'malformed_signature' : result.reason);
  const { base } = result;
  const secret = secrets.find(({ value }) => isMessageSignedBy(key.algorithm, value, base, signature));
  if (secret === undefined) return refuse('bad_signature');
  const digests = DIGESTS.filter((name) => covered.has(name));
  if (!digests.every((name) => isDigestRight(request, name))) return refuse('bad_signature');
  return {
    ok: true,
    scheme: 'message-signature',
    secretId: secret.id,
    bodySigned: digests.length > 0,
    event: undefined,
    deliveryId: undefined,
    // Of what is signed, not of the signature: an ECDSA signature has a second form that anybody can compute.
    dedupeKey: createHash('sha256').update(base).digest('base64url'),
  };
}

function isDigestRight(request: SignedRequest, name: string): boolean {
  return isDigestOf(headerLines(request.rawHeaders, name).join(', '), request.wire);
}

function timeReason(parameters: InnerList[1], now: number, window: number): RefusalReason | undefined {
  const created = parameters.get('created');
  const expires = parameters.get('expires');
  if (created === undefined) return 'missing_timestamp';
  if (!Number.isInteger(created) || !Number.isInteger(expires ?? 0)) return 'malformed_timestamp';
  if (now - (created as number) > window) return 'timestamp_too_old';
  if ((created as number) - now > window) return 'timestamp_too_new';
  return expires !== undefined && now >= (expires as number) ? 'timestamp_too_old' : undefined;
}

/** Several lines of one field are one dictionary (RFC 8941 §4.2). */
function parseLines(lines: readonly string[]): Dictionary | 'malformed' {
  try {
    return parseDictionary(lines.join(', '));
  } catch {
    return 'malformed';
  }
}

function refuse(reason: RefusalReason): Refusal {
  return { ok: false, reason };
}
