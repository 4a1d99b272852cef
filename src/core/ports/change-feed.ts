export const CHANGE_TOPICS = [
  'plugins',
  'receipts',
  'jobs',
  'refusals',
  'messages',
  'runs',
  'secrets',
  'tokens',
  'nodes',
  'audit',
] as const;
export type ChangeTopic = (typeof CHANGE_TOPICS)[number];

/** Something is no longer as it was; whoever shows it asks again. Holds no data. */
export interface Change {
  readonly topic: ChangeTopic;
  /** Of one plugin, where that is known. */
  readonly plugin?: string;
}

/** Tells that things changed, at most some times a second for each topic, whichever host of the database did it. */
export interface ChangeFeed {
  /** What is going on, from now until the signal aborts. */
  follow(signal: AbortSignal): AsyncIterable<Change>;
}
