import type { RefusalReason } from './signed-request';

/** The compiler names one that was forgotten. */
const KNOWN: Readonly<Record<RefusalReason, true>> = {
  missing_signature: true,
  malformed_signature: true,
  missing_timestamp: true,
  malformed_timestamp: true,
  timestamp_too_old: true,
  timestamp_too_new: true,
  bad_signature: true,
  bad_encoding: true,
  duplicate_header: true,
  missing_credential: true,
  wrong_credential: true,
  address_not_allowed: true,
  no_secret: true,
  no_public_url: true,
  unavailable: true,
};

/** Every reason for which a request is refused, for whoever asks by one. */
export const REFUSAL_REASONS = Object.keys(KNOWN) as readonly RefusalReason[];
