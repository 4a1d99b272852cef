import type { PluginKey } from '../../core/plugin-key';

/** One plugin's answer in the old system's envelope. */
export interface EnvelopeResult {
  readonly plugin: PluginKey;
  readonly status: number;
  readonly body: unknown;
}
/** One plugin's failure in the old system's envelope: status 400 or more. */
export interface EnvelopeError {
  readonly plugin: PluginKey;
  readonly status: number;
  readonly message: string;
}
/** What the old system answered every webhook with; here the counts are true. */
export interface Envelope {
  /** Any plugin succeeded. */
  readonly success: boolean;
  readonly message: string;
  readonly data: { readonly results: readonly EnvelopeResult[]; readonly errors: readonly EnvelopeError[] };
}

/** The envelope around what the plugins answered, in their order. */
export function envelope(results: readonly EnvelopeResult[], errors: readonly EnvelopeError[]): Envelope {
  return {
    success: results.length > 0,
    message: `Webhook processed, succeeded: ${results.length}, failed: ${errors.length}`,
    data: { results, errors },
  };
}
