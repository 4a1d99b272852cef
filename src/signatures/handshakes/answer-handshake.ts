import type { HandshakeId } from '../../core/signature-row';
import { Refusal } from '../special/special-scheme';
import { echoes } from './echoes';
import type { Handshake, HandshakeAnswer, HandshakeAsked } from './handshake';
import { proofs } from './proofs';

/** Every kind of handshake; the compiler names one that was forgotten. */
export const handshakes: Readonly<Record<HandshakeId, Handshake>> = { ...echoes, ...proofs };

/**
 * The answer to a handshake of the declared kind; undefined for everything else, which then goes the way of a delivery.
 * Of kinds that are verified first, a request that was not is no handshake. Never throws.
 */
export function answerHandshake(kind: HandshakeId, asked: HandshakeAsked): HandshakeAnswer | undefined {
  const handshake = handshakes[kind];
  if (!handshake.methods.some((method) => method === asked.request.method)) return undefined;
  if (handshake.verify === 'first' && !asked.verified) return undefined;
  const secrets = asked.secrets.filter(({ value }) => value !== '');
  try {
    return handshake.answer({ ...asked, secrets });
  } catch (thrown) {
    return { refused: thrown instanceof Refusal ? thrown.reason : 'malformed_signature' };
  }
}
