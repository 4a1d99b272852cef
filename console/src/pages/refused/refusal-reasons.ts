/** Why requests are refused, in words. */
export const REASON_WORDS: Readonly<Record<string, string>> = {
  missing_signature: 'no signature',
  malformed_signature: 'the signature cannot be read',
  missing_timestamp: 'no time',
  malformed_timestamp: 'the time cannot be read',
  timestamp_too_old: 'too old',
  timestamp_too_new: 'from the future',
  bad_signature: 'the signature is another one',
  bad_encoding: 'the body cannot be unpacked',
  duplicate_header: 'a header twice',
  missing_credential: 'no credential',
  wrong_credential: 'a wrong credential',
  address_not_allowed: 'from an address that may not ask',
  no_secret: 'no secret is set',
  no_public_url: 'the public address is not set',
  unavailable: 'a key of the sender’s could not be had',
};
