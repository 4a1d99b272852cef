import type { SignatureAccess } from '../../core/access';
import { HostError, isHostError } from '../../core/errors';
import type { InvalidReason, SampleTarget } from '../../core/ports/samples';
import { rowFor, type SignatureRow } from '../../core/signature-row';
import { signatureRow } from '../signature-rows';
import { sampleSecret } from '../signing-key';
import { signRequest, type SignedSample } from '../sign-request';
import type { DraftRequest } from './draft-request';
import { secretFor, type SampleProof } from './sample-proof';
import { spoilsOf } from './spoil-signature';
import { twilioBodyHash, twilioSignature } from './twilio-signature';

/** Beyond the window, so that a slow clock over there changes nothing. */
const MARGIN_S = 60;

/** Signs as a known sender, or as the author's own row says. @throws samples/no-secret, samples/cannot-sign */
export function signatureProof(
  { signature, secret: names }: SignatureAccess,
  where: SampleTarget,
): SampleProof {
  const given = typeof signature === 'string' ? knownRow(signature) : signature;
  if (given.id === 'twilio' && given.kind === 'special')
    return twilioProof(given, secretFor(names, where), where);
  if (given.kind === 'special') return unsignable(given);
  const secret = secretFor(names, where);
  return rowProof(rowFor(given, secret), secret, where);
}

function rowProof(row: SignatureRow, secret: string, where: SampleTarget): SampleProof {
  const spoils = spoilsOf(row);
  const window: readonly InvalidReason[] =
    row.time === undefined ? [] : ['timestamp_too_old', 'timestamp_too_new'];
  return {
    reasons: [...spoils.keys(), ...window, 'bad_signature'],
    isSigned: true,
    prove: (draft, reason) => {
      draft.hide(secret, ...(row.kind === 'token' ? [Buffer.from(secret).toString('base64')] : []));
      const signing = reason === 'bad_signature' ? sampleSecret(row).signingSecret : secret;
      const { headers, body } = signed(row, draft, {
        ...where,
        secret: signing,
        at: momentOf(row, where, reason),
      });
      for (const [name, value] of Object.entries(headers))
        if (draft.get(name) !== value) draft.set(name, value);
      draft.body = body;
      if (reason !== undefined) spoils.get(reason)?.(draft);
    },
  };
}

function momentOf({ time }: SignatureRow, { at }: SampleTarget, reason: InvalidReason | undefined): number {
  if (time === undefined) return at;
  if (reason === 'timestamp_too_old') return at - (time.past + MARGIN_S) * 1_000;
  return reason === 'timestamp_too_new' ? at + (time.future + MARGIN_S) * 1_000 : at;
}

function signed(
  row: SignatureRow,
  draft: DraftRequest,
  { secret, at, publicBase }: { secret: string; at: number; publicBase: string },
): SignedSample {
  const { method, target, body } = draft;
  try {
    return signRequest(row, { secret, at, publicBase, method, target, body, headers: draft.named() });
  } catch (error) {
    if (!isHostError(error)) throw error;
    const hint = ['hmac', 'digest', 'token'].includes(row.kind) ? '' : ' Name a secret that holds it.';
    throw new HostError('samples/cannot-sign', [error.message + hint], { cause: error });
  }
}

function twilioProof(row: SignatureRow, authToken: string, { publicBase }: SampleTarget): SampleProof {
  const spoils = spoilsOf(row);
  const name = 'X-Twilio-Signature';
  return {
    reasons: ['missing_signature', 'bad_encoding', 'duplicate_header', 'bad_signature'],
    isSigned: true,
    prove: (draft, reason) => {
      draft.hide(authToken);
      const contentType = draft.get('content-type') ?? '';
      const hash = twilioBodyHash({ contentType, body: draft.body });
      if (hash !== undefined) draft.addQuery('bodySHA256', hash);
      const url = publicBase + draft.target;
      const key = reason === 'bad_signature' ? sampleSecret(row).secret : authToken;
      draft.set(name, twilioSignature(key, { url, contentType, body: draft.body }));
      if (reason !== undefined) spoils.get(reason)?.(draft);
    },
  };
}

/** Others hold the key: such a request can be sent without a signature only. */
function unsignable({ id, title }: SignatureRow): SampleProof {
  return {
    reasons: ['missing_signature'],
    isSigned: true,
    prove: (_draft, reason) => {
      if (reason === 'missing_signature') return;
      throw new HostError('samples/cannot-sign', [
        `${title} (${id}) signs with what nobody else has, or in a way that takes code of its own; --invalid missing_signature can be sent.`,
      ]);
    },
  };
}

function knownRow(id: string): SignatureRow {
  try {
    return signatureRow(id);
  } catch (error) {
    throw new HostError('samples/cannot-sign', [`the endpoint names a sender "${id}" that is not known.`], {
      cause: error,
    });
  }
}
