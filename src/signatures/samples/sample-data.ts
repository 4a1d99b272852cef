/** What one kind of event looks like. The signature, delivery ids and the event's header are written when it is sent. */
export interface SampleData {
  /** What one types to send it; where the sender names events in a header, what stands there unless `headers` says so. */
  readonly name: string;
  /** Besides those of the sender. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: { readonly json: unknown } | { readonly form: Readonly<Record<string, string>> };
}

/** Samples of one kind of sender: written for this project, without a secret or a person in them. */
export interface SenderSamples {
  /** Ids of the rows that send these. */
  readonly schemes: readonly string[];
  /** On each of its requests. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * How it writes JSON. `indented`: two spaces. `escaped`: what is not ASCII as `\u00e9`, and `/` as `\/`. Default:
   * compact.
   */
  readonly style?: 'indented' | 'escaped';
  readonly events: readonly SampleData[];
}

export const JSON_TYPE = { 'Content-Type': 'application/json' } as const;
export const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' } as const;
