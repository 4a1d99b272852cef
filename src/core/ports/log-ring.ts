export interface LogLine {
  /** Grows with each line of this host. */
  readonly number: number;
  /** Epoch ms. */
  readonly at: number;
  readonly level: string;
  readonly plugin: string | undefined;
  readonly message: string;
  /** The other fields of the line, as JSON text. */
  readonly fields: string;
}
export interface LogQuery {
  readonly plugin?: string | undefined;
  /** This one and those more severe. */
  readonly level?: 'error' | 'warn' | 'info' | 'debug' | undefined;
  /** In the message or a field, whatever the case. */
  readonly text?: string | undefined;
  /** Lines after this number. */
  readonly after?: number | undefined;
  /** The latest ones; default 200, at most 1,000. */
  readonly limit?: number | undefined;
}
/** The last lines of this host's log, in memory. */
export interface LogRing {
  /** Oldest first. */
  search(query: LogQuery): readonly LogLine[];
  /** Called with each line; answers how to stop. */
  follow(listener: (line: LogLine) => void): () => void;
}
