import type { RefusalReason } from '../../core/signed-request';

interface Meaning {
  readonly what: string;
  readonly next: string;
}

/** What a reason means where a secret is shown, and nothing is signed. */
const SHOWN: Readonly<Partial<Record<RefusalReason, RefusalReason>>> = {
  missing_signature: 'missing_credential',
  malformed_signature: 'wrong_credential',
  bad_signature: 'wrong_credential',
};

const REASONS: Readonly<Record<RefusalReason, Meaning>> = {
  missing_signature: {
    what: 'no signature came',
    next: 'See that signing is switched on at the sender, and that no proxy takes the header away.',
  },
  malformed_signature: {
    what: 'the signature is not written as this sender writes it',
    next: 'See that the endpoint names the sender that really sends.',
  },
  missing_timestamp: {
    what: 'the moment that is signed did not come',
    next: 'See that no proxy takes the header away, and that the endpoint names the sender that really sends.',
  },
  malformed_timestamp: {
    what: 'the moment that is signed is not written as this sender writes it',
    next: 'See that the endpoint names the sender that really sends.',
  },
  timestamp_too_old: {
    what: 'it was signed too long before it came',
    next: 'See that both clocks are right (NTP), and that nothing holds requests back on the way.',
  },
  timestamp_too_new: {
    what: 'it was signed at a moment yet to come',
    next: 'See that both clocks are right (NTP).',
  },
  bad_signature: {
    what: 'the signature is of another secret, or of other bytes',
    next: 'Give the sender and the host the same secret anew; if that does not help, ask what signs the request, and over what.',
  },
  bad_encoding: {
    what: 'the signature, or the body, is not in the encoding it should be in',
    next: 'See that the endpoint names the sender that really sends.',
  },
  duplicate_header: {
    what: 'a header of the signature came twice',
    next: 'See what between the sender and this host adds the second one.',
  },
  missing_credential: {
    what: 'no credential came',
    next: 'Have the sender send the token or password where the endpoint looks for it.',
  },
  wrong_credential: {
    what: 'the credential is not the one',
    next: 'Give the sender the live one.',
  },
  address_not_allowed: {
    what: 'it came from an address that may not ask',
    next: 'If it should be let in, add it to allowFrom of the host, the plugin or the endpoint; behind a proxy, see that trustProxy names the proxy.',
  },
  no_secret: {
    what: 'the secret it is verified with has no live value',
    next: 'Give it one with `gatehouse secrets set`; the sender was asked to come again.',
  },
  no_public_url: {
    what: 'the address is signed, and the host was not told its own',
    next: 'Set GATEHOUSE_PUBLIC_URL to the address that the sender was given, up to the path.',
  },
  unavailable: {
    what: 'a key or certificate of the sender’s could not be had',
    next: 'See that the host reaches the sender’s addresses over https.',
  },
};

/** What a reason means, and what to do where no near miss tells more. */
export function meaningOf(reason: RefusalReason, isShown: boolean): Meaning {
  return REASONS[(isShown ? SHOWN[reason] : undefined) ?? reason];
}
