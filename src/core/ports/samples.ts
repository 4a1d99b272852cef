import type { EndpointAccess } from '../access';
import type { RefusalReason } from '../signed-request';

/** What a request can be refused for that is sent from outside. */
export const INVALID_REASONS = [
  'missing_signature',
  'malformed_signature',
  'missing_timestamp',
  'malformed_timestamp',
  'timestamp_too_old',
  'timestamp_too_new',
  'bad_signature',
  'bad_encoding',
  'duplicate_header',
  'missing_credential',
  'wrong_credential',
] as const satisfies readonly RefusalReason[];
export type InvalidReason = (typeof INVALID_REASONS)[number];

/** A kind of sender there are samples of. */
export interface SampledSender {
  /** As `access` names it, e.g. `github`. */
  readonly sender: string;
  readonly title: string;
  /** What each sample is called, e.g. `push`. */
  readonly events: readonly string[];
}

/** A request that is to be made as a sender would. */
export interface WantedSample {
  readonly sender: string;
  /** Of `SampledSender.events`; the first one where it is left out. With a body of one's own any name. */
  readonly event?: string | undefined;
  /** In place of a sample's. */
  readonly body?: Buffer | undefined;
  /** Over those of the sample. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What the request lacks, on purpose. */
  readonly invalid?: InvalidReason | undefined;
}

/** Where it is to be let in. */
export interface SampleTarget {
  readonly access: EndpointAccess;
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly target: string;
  /** What senders know the host by, no trailing slash: some sign it. */
  readonly publicBase: string;
  /** Epoch ms. */
  readonly at: number;
  /** Whose endpoint it is, for messages; undefined where that is not known. */
  readonly plugin?: string | undefined;
  /** What to sign with, by the name the access gives it; undefined where it has no value. */
  secretOf(name: string): string | undefined;
  /** Of a signed address. */
  readonly urlToken: string | undefined;
  readonly operatorToken: string;
}

/** What is to be sent. */
export interface MadeSample {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn: some are there twice, on purpose. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Texts in all of this that must be shown to nobody. */
  readonly credentials: readonly string[];
}

/** A sample as it is kept: nothing is signed in it. */
export interface ShownSample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Own samples of what known senders send. */
export interface Samples {
  list(): readonly SampledSender[];
  /** The first one where no event is named. @throws samples/unknown-sender, samples/none, samples/unknown-event */
  show(sender: string, event: string | undefined): ShownSample;
  /**
   * A request as its sender makes it, and as the endpoint's access asks for it: the sample is the sender's, the signature
   * the access's. Ids of the delivery are new each time.
   * @throws samples/unknown-sender, samples/none, samples/unknown-event, samples/no-secret, samples/cannot-sign,
   * samples/cannot-spoil
   */
  make(wanted: WantedSample, where: SampleTarget): MadeSample;
}
