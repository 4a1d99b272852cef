import { randomBytes } from 'node:crypto';
import { admitsOperator, type AccessMode, type BasicAccess, type TokenAccess } from '../../core/access';
import { HostError } from '../../core/errors';
import type { SampleTarget } from '../../core/ports/samples';
import { messageProof } from './message-proof';
import { secretFor, type SampleProof } from './sample-proof';
import { signatureProof } from './signature-proof';

/** Undefined where a mode asks nothing of a request. @throws samples/no-secret, samples/cannot-sign */
export function accessProof(mode: AccessMode, where: SampleTarget): SampleProof | undefined {
  if (admitsOperator(mode)) return operatorProof(where);
  if (typeof mode === 'string') return undefined;
  if ('signature' in mode) return signatureProof(mode, where);
  if ('messageSignature' in mode) return messageProof(mode, where);
  if ('token' in mode) return tokenProof(mode, where);
  if ('basic' in mode) return basicProof(mode, where);
  if ('signedUrl' in mode) return queryProof('token', urlToken(where));
  return undefined;
}

function tokenProof({ token, secret }: TokenAccess, where: SampleTarget): SampleProof {
  const value = secretFor(secret, where);
  return 'header' in token ? headerProof(token.header, '', value) : queryProof(token.query, value);
}

function basicProof({ secret }: BasicAccess, where: SampleTarget): SampleProof {
  const value = secretFor(secret, where);
  const proof = headerProof('Authorization', 'Basic ', Buffer.from(value).toString('base64'));
  return {
    ...proof,
    reasons: [...proof.reasons, 'bad_encoding'],
    prove: (draft, reason) => {
      draft.hide(value);
      proof.prove(draft, reason);
      const other = Buffer.from(`sender:${otherCredential()}`).toString('base64');
      if (reason === 'wrong_credential') draft.set('Authorization', `Basic ${other}`);
      if (reason === 'bad_encoding') draft.set('Authorization', 'Basic !!!!');
    },
  };
}

/** Of two such headers HTTP servers take the first, so that is no reason here. */
function operatorProof({ operatorToken }: SampleTarget): SampleProof {
  const proof = headerProof('Authorization', 'Bearer ', operatorToken);
  return { ...proof, reasons: proof.reasons.filter((reason) => reason !== 'duplicate_header') };
}

function headerProof(name: string, prefix: string, credential: string): SampleProof {
  return {
    reasons: ['missing_credential', 'wrong_credential', 'duplicate_header'],
    isSigned: false,
    prove: (draft, reason) => {
      draft.hide(credential);
      const text = prefix + (reason === 'wrong_credential' ? otherCredential() : credential);
      if (reason === 'missing_credential') draft.remove(name);
      else if (reason === 'duplicate_header') draft.set(name, text, text);
      else draft.set(name, text);
    },
  };
}

function queryProof(name: string, credential: string): SampleProof {
  return {
    reasons: ['missing_credential', 'wrong_credential'],
    isSigned: false,
    prove: (draft, reason) => {
      draft.hide(credential);
      if (reason === 'missing_credential') return;
      draft.addQuery(name, reason === 'wrong_credential' ? otherCredential() : credential);
    },
  };
}

function urlToken({ urlToken: token }: SampleTarget): string {
  if (token !== undefined) return token;
  throw new HostError('samples/cannot-sign', ['the signed address has no live token; issue one first.']);
}

const otherCredential = () => randomBytes(24).toString('base64url');
