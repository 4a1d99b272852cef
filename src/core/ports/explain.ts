/** Which endpoint answers a request, and why. Plain data. */
export interface Explanation {
  readonly method: string;
  readonly path: string;
  /** What a request would get before any handler runs: 200 means an endpoint answers. */
  readonly status: number;
  readonly plugin?: string;
  readonly generation?: number;
  readonly endpoint?: {
    readonly method: string;
    readonly path: string;
    readonly origin: string;
    readonly access: string;
  };
  readonly params?: Readonly<Record<string, string>>;
  /** Each decision in the order it is taken, in plain words. */
  readonly steps: readonly string[];
}
export interface Explainer {
  explain(method: string, path: string): Explanation;
}
